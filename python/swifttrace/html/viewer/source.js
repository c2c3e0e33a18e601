// The source: how often each line ran, when first and last, and what was said at it.
class SourceView {
  constructor(page) {
    this.page = page;
    this.element = make("section", "view");
    this.bar = make("div", "bar");
    this.files = make("select");
    this.files.id = "files";
    this.files.setAttribute("aria-label", "File");
    this.files.addEventListener("change", () => this.show(Number(this.files.value), 1));
    this.sum = make("span", "sum");
    this.bar.append(this.files, button("hottest line", "", () => this.hottest()), this.sum);
    this.rows = new Rows("option", "Lines of the source", (i, row) => this.draw(i, row), () => {});
    this.rows.element.id = "source-rows";
    this.rows.changed = (index) => this.chosen(index + 1);
    this.details = make("aside", "details");
    this.details.setAttribute("aria-live", "polite");
    this.details.setAttribute("aria-label", "The chosen line");
    this.details.tabIndex = 0;
    const body = make("div", "body");
    body.append(this.rows.element, this.details);
    this.head = make("div", "row head source-row");
    for (const name of ["count", "first s", "last s", "line", "source"]) {
      this.head.append(make("span", "", name));
    }
    this.element.append(this.bar, this.head, body);
  }

  load(run) {
    this.run = run;
    const order = run.files
      .map((file, index) => [index, Object.values(file.counts).reduce((a, b) => a + b[0], 0)])
      .sort((one, other) => other[1] - one[1]);
    this.files.replaceChildren();
    for (const [index, sum] of order) {
      const option = make("option", "", `${run.files[index].name} (${noun(sum, "line")})`);
      option.value = index;
      this.files.append(option);
    }
    if (order.length) this.open(order[0][0]);
  }

  open(file) {
    this.file = file;
    this.files.value = file;
    const known = this.run.files[file];
    const ran = Object.keys(known.counts).length;
    const never = known.code.filter((line) => !(line in known.counts)).length;
    this.sum.textContent = `${noun(ran, "line")} ran`
      + (known.whole ? `, ${counted(never)} never` : "; the source was not to be had");
    this.rows.selected = -1;
    this.rows.set(known.lines.length);
  }

  show(file, line, isTold = true) {
    if (file !== this.file) this.open(file);
    this.rows.select(line - 1, isTold);
    if (!isTold) this.describe(line);
  }

  hottest() {
    const counts = Object.entries(this.run.files[this.file].counts);
    const [line] = counts.reduce((one, other) => (other[1][0] > one[1][0] ? other : one));
    this.show(this.file, Number(line));
    this.rows.element.focus();
  }

  draw(index, row) {
    const [line, file] = [index + 1, this.run.files[this.file]];
    const counts = file.counts[line];
    const isNever = !counts && file.runnable.has(line);
    row.classList.add("source-row");
    if (isNever) row.classList.add("never");
    const count = make("span", "count", counts ? counted(counts[0]) : isNever ? "never" : "");
    count.classList.add(`heat${heat(counts ? counts[0] : 0, file.most)}`);
    const first = make("span", "time", counts && this.run.took ? moment(counts[1]) : "");
    const last = make("span", "time", counts && this.run.took ? moment(counts[2]) : "");
    const text = make("code", "", file.lines[index]);
    const said = this.run.texts_of(this.file, line);
    if (said.length) {
      row.title = said.join("\n");
      text.append(make("span", "said", `  ${said.slice(0, 3).join(" · ").slice(0, 200)}`));
    }
    const ways = this.run.waysAt.get(this.run.position(this.file, line));
    if (ways && ways.length > 1) text.append(make("span", "badge", noun(ways.length, "way")));
    row.append(count, first, last, make("span", "number", line), text);
  }

  chosen(line) {
    this.describe(line);
    this.page.remember({ at: this.run.position(this.file, line) });
  }

  describe(line) {
    const file = this.run.files[this.file];
    const counts = file.counts[line];
    const parts = [make("h2", "", this.run.position(this.file, line))];
    parts.push(make("pre", "", file.lines[line - 1]));
    let text = counts ? `Ran ${times(counts[0])}` : "Never ran";
    if (!counts && !file.runnable.has(line)) text = "No code";
    if (counts && this.run.took) {
      text += `, first at ${moment(counts[1])} s, last at ${moment(counts[2])} s`;
    }
    parts.push(make("p", "", `${text}.`));
    const said = this.run.texts_of(this.file, line);
    if (said.length) parts.push(make("h3", "", "Values"), list(said));
    const ways = this.run.waysAt.get(this.run.position(this.file, line)) || [];
    if (ways.length) {
      parts.push(make("h3", "", `Ways through this loop (${noun(ways[0].rounds, "round")})`));
      parts.push(list(ways.map(wayText)));
    }
    this.details.replaceChildren(...parts);
  }

  print(isPrinted) {
    this.rows.isPrinted = isPrinted;
    this.rows.paint();
  }
}

function list(texts) {
  const made = make("ul");
  for (const text of texts) made.append(make("li", "", text));
  return made;
}

function wayText(way) {
  let text = `${way.usual ? "usual: " : ""}${times(way.count)}, first in round ${counted(way.first)}`;
  if (way.lines.length) text += `, ${way.usual ? "lines" : "with"} ${way.lines.join(" ")}`;
  if (way.without.length) text += `, without ${way.without.join(" ")}`;
  return text;
}
