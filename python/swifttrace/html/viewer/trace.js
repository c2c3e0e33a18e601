// What ran in its order, folded: each course of a call and each way through a loop once.
class TraceView {
  constructor(page) {
    this.page = page;
    this.element = make("section", "view");
    this.bar = make("div", "bar");
    this.sum = make("span", "sum");
    this.bar.append(
      button("unfold", "", () => this.unfoldAll(), "e"),
      button("fold", "", () => this.load(this.run), "c"),
      this.sum,
    );
    this.rows = new Rows("treeitem", "The folded trace", (i, row) => this.draw(i, row),
      (i, key) => this.act(i, key));
    this.rows.element.id = "trace-rows";
    this.rows.changed = (index) => {
      const place = this.shown[index].place;
      if (place) this.page.remember({ at: this.position(place) });
    };
    this.element.append(this.bar, this.rows.element);
  }

  load(run) {
    this.run = run;
    this.shown = run.fold.threads.map(([number, start, count, lines]) => ({
      kind: "thread", level: 1, number, start, count, lines,
    }));
    for (let index = this.shown.length - 1; index >= 0; index--) {
      if (this.shown.length === 1 || index === 0) this.unfold(index);
    }
    this.rows.selected = -1;
    this.rows.set(this.shown.length);
    const lines = run.fold.threads.reduce((sum, thread) => sum + thread[3], 0);
    this.sum.textContent = `${noun(lines, "line")} ran. Equal courses are shown once.`;
  }

  position(place) {
    const [file, line] = this.run.places[place - 1];
    return this.run.position(file - 1, line);
  }

  // The rows within one.
  within(row) {
    const { items, nodes, loops } = this.run.fold;
    const level = row.level + 1;
    if (row.kind === "line") return [];
    if (row.kind === "loop") {
      const [, number, start, count] = nodes[row.node];
      const ways = items.slice(start, start + count);
      if (ways.length === 1) return this.items(loops[number][1][ways[0]], level);
      return ways.map((way) => ({ kind: "way", level, loop: number, way }));
    }
    if (row.kind === "way") return this.items(loops[row.loop][1][row.way], level);
    if (row.kind === "call") return this.items(nodes[row.node].slice(2), level);
    return this.items([row.start, row.count], level);
  }

  items([start, count], level) {
    const found = [];
    for (const item of this.run.fold.items.slice(start, start + count)) {
      if (item > 0) found.push({ kind: "line", level, place: item });
      else {
        const isLoop = this.run.fold.nodes[~item][0] === 1;
        found.push({ kind: isLoop ? "loop" : "call", level, node: ~item });
      }
    }
    return found;
  }

  // The first line that ran within a row.
  firstPlace(row) {
    let next = row;
    for (let depth = 0; depth < 100 && next && !next.place; depth++) next = this.within(next)[0];
    return next ? next.place : 0;
  }

  unfold(index) {
    const row = this.shown[index];
    if (row.kind === "line" || row.isOpen) return;
    row.isOpen = true;
    const rows = this.within(row);
    // Not by `splice(...rows)`, which takes some 100,000 at the most.
    this.shown = this.shown.slice(0, index + 1).concat(rows, this.shown.slice(index + 1));
  }

  fold(index) {
    const row = this.shown[index];
    let end = index + 1;
    while (end < this.shown.length && this.shown[end].level > row.level) end++;
    this.shown.splice(index + 1, end - index - 1);
    row.isOpen = false;
  }

  // What is within the rows that are there, up to 100,000 rows.
  unfoldAll() {
    for (let index = 0; index < this.shown.length && this.shown.length < 1e5; index++) {
      this.unfold(index);
    }
    this.rows.set(this.shown.length);
  }

  act(index, key) {
    const row = this.shown[index];
    if (key === "e") return this.unfoldAll();
    if (key === "c") return this.load(this.run);
    if (row.kind === "line") {
      if (key === "Enter" || key === "o") this.page.goTo(this.position(row.place));
      if (key !== "ArrowLeft") return undefined;
    }
    if (key === "ArrowLeft" && !row.isOpen) {
      let above = index;
      while (above > 0 && this.shown[above].level >= row.level) above--;
      return this.rows.select(above);
    }
    if (row.isOpen && key !== "ArrowRight") this.fold(index);
    else this.unfold(index);
    this.rows.set(this.shown.length);
    return undefined;
  }

  draw(index, row) {
    const { kind, level, isOpen, place } = this.shown[index];
    row.classList.add("trace-row", kind);
    row.setAttribute("aria-level", level);
    row.style.paddingLeft = `${Math.min(level - 1, 40) * 14 + 4}px`;
    if (kind === "line") {
      const [file, line] = this.run.places[place - 1];
      row.append(make("span", "at", this.run.position(file - 1, line)));
      row.append(make("code", "", this.run.text(file - 1, line).trimStart()));
      const said = this.run.texts_of(file - 1, line);
      if (said.length) row.title = said.join("\n");
      return;
    }
    row.setAttribute("aria-expanded", Boolean(isOpen));
    row.append(make("span", "fold", isOpen ? "▾" : "▸"));
    row.append(make("span", "text", this.label(this.shown[index])));
  }

  label(row) {
    const { nodes, loops } = this.run.fold;
    if (row.kind === "thread") {
      return `${this.run.threads[row.number]}: ${noun(row.lines, "line")}`;
    }
    if (row.kind === "way") {
      const [, , count, first] = loops[row.loop][1][row.way];
      return `${times(count)}, first in round ${counted(first)} of all`;
    }
    const place = this.firstPlace(row);
    if (row.kind === "call") {
      const [, , , , count, isUnwound] = nodes[row.node];
      const name = place ? this.run.functionOf(place) : "a call";
      const often = count > 1 ? `, ${times(count)} in this course` : "";
      return `${name}()${often}${isUnwound ? ", left by an exception" : ""}`;
    }
    const [[file, header, , , rounds], ways] = loops[nodes[row.node][1]];
    const took = this.run.fold.nodes[row.node][3];
    const all = ways.length === 1 ? "all the same way" : `${noun(took, "way")} of ${ways.length}`;
    return `loop ${this.run.position(file - 1, header)}: ${noun(rounds, "round")}, ${all}`;
  }

  print(isPrinted) {
    this.rows.isPrinted = isPrinted;
    this.rows.paint();
  }
}
