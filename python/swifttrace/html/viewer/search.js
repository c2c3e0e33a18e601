// Search over all lines, as one types: by text, by file, or by file:line.
const MOST_FOUND = 100;

class Search {
  constructor(page) {
    this.page = page;
    this.element = make("div", "search");
    this.input = make("input");
    this.input.type = "search";
    this.input.id = "search";
    this.input.placeholder = "search text or file:line (/)";
    const attributes = {
      "aria-label": "Search lines, or go to file:line", role: "combobox", autocomplete: "off",
      "aria-expanded": "false", "aria-controls": "found", "aria-autocomplete": "list",
    };
    for (const [name, value] of Object.entries(attributes)) this.input.setAttribute(name, value);
    this.found = make("div", "found");
    this.found.id = "found";
    this.found.setAttribute("role", "listbox");
    this.found.setAttribute("aria-label", "Lines that were found");
    this.found.hidden = true;
    this.sum = make("span", "sum");
    this.sum.setAttribute("role", "status");
    this.input.addEventListener("input", () => this.search());
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    this.found.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (row) this.go(Number(row.dataset.index));
    });
    this.element.append(this.input, this.sum, this.found);
    [this.hits, this.at] = [[], -1];
  }

  load(run) {
    this.run = run;
    this.lines = null;
    this.close();
  }

  // All lines in lower case, made when they are first wanted.
  index() {
    if (!this.lines) {
      this.lines = this.run.files.map((file) => file.lines.map((line) => line.toLowerCase()));
    }
    return this.lines;
  }

  search() {
    const wanted = this.input.value.trim().toLowerCase();
    this.hits = [];
    if (!wanted) return this.close();
    const position = /^(.*):(\d+)$/.exec(wanted);
    this.run.files.forEach((file, number) => {
      const name = file.name.toLowerCase();
      const line = position ? Number(position[2]) : 1;
      const isNamed = position ? name.endsWith(position[1]) : name.includes(wanted);
      if (isNamed && line <= file.lines.length) this.hits.push([number, line]);
    });
    let all = this.hits.length;
    this.index().forEach((lines, number) => {
      lines.forEach((text, index) => {
        if (!text.includes(wanted)) return;
        all++;
        if (this.hits.length < MOST_FOUND) this.hits.push([number, index + 1]);
      });
    });
    this.at = this.hits.length ? 0 : -1;
    this.sum.textContent = all > this.hits.length
      ? `${this.hits.length} of ${noun(all, "line")}` : noun(all, "line");
    return this.paint();
  }

  paint() {
    const rows = this.hits.map(([file, line], index) => {
      const row = make("div", "hit");
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", index === this.at);
      row.id = `hit-${index}`;
      row.dataset.index = index;
      const counts = this.run.files[file].counts[line];
      row.append(make("span", "at", this.run.position(file, line)));
      row.append(make("span", "count", counts ? `${counted(counts[0])}×` : ""));
      row.append(make("code", "", this.run.text(file, line).trim()));
      return row;
    });
    this.found.replaceChildren(...rows);
    this.found.hidden = !rows.length;
    this.input.setAttribute("aria-expanded", Boolean(rows.length));
    this.input.setAttribute("aria-activedescendant", rows.length ? `hit-${this.at}` : "");
    if (rows[this.at]) rows[this.at].scrollIntoView({ block: "nearest" });
  }

  // The next hit, also when the list is closed.
  step(by) {
    if (!this.hits.length) return;
    this.at = (this.at + by + this.hits.length) % this.hits.length;
    const [file, line] = this.hits[this.at];
    this.page.goTo(this.run.position(file, line));
  }

  go(index) {
    if (!this.hits[index]) return;
    this.at = index;
    const [file, line] = this.hits[index];
    this.close();
    this.page.goTo(this.run.position(file, line));
    this.page.focus();
  }

  close() {
    this.found.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    if (!this.input.value) this.sum.textContent = "";
  }

  pressed(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps && this.hits.length) {
      this.at = (this.at + steps[event.key] + this.hits.length) % this.hits.length;
      this.paint();
    } else if (event.key === "Enter") {
      this.go(this.at);
    } else if (event.key === "Escape") {
      this.close();
      this.page.focus();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}
