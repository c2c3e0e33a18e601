// Which function calls which, how often, and how long it took: from callers to callees, or back.
class CallsView {
  constructor(page) {
    this.page = page;
    this.element = make("section", "view");
    this.bar = make("div", "bar");
    this.modes = ["callees", "callers"].map((mode) =>
      button(mode === "callees" ? "who is called" : "who calls", "mode", () => this.turn(mode)));
    this.note = make("span", "sum");
    this.bar.append(...this.modes, this.note);
    this.head = make("div", "row head calls-row");
    for (const name of ["calls", "time", "own time", "function"]) {
      this.head.append(make("span", "", name));
    }
    this.rows = new Rows("treeitem", "Calls", (i, row) => this.draw(i, row),
      (i, key) => this.act(i, key));
    this.rows.element.id = "calls-rows";
    this.rows.changed = (index) => {
      const at = this.at(this.shown[index]);
      if (at) this.page.remember({ at });
    };
    this.element.append(this.bar, this.head, this.rows.element);
  }

  load(run) {
    this.run = run;
    this.nodes = run.tree.map(([parent, code, count, total, own]) => ({
      parent, code, count, total, own, inner: [],
    }));
    this.roots = [];
    this.nodes.forEach((node) => {
      if (node.parent < 0) this.roots.push(node);
      else this.nodes[node.parent].inner.push(node);
    });
    // Nodes come after the ones that they were called from. A thread took what its calls took.
    for (const root of this.roots) {
      root.total = root.inner.reduce((sum, node) => sum + node.total, 0);
    }
    this.all = Math.max(1, this.roots.reduce((sum, node) => sum + node.total, 0));
    let note = noun(run.calls, "call");
    if (run.inferred) note += ", inferred from lines: record with --calls for exact ones";
    if (!run.took) note += ", without times";
    this.note.textContent = note;
    this.turn("callees");
  }

  turn(mode) {
    this.mode = mode;
    this.modes.forEach((each, index) => {
      each.setAttribute("aria-pressed", ["callees", "callers"][index] === mode);
    });
    if (mode === "callees") {
      const roots = this.roots.length === 1 ? this.roots[0].inner : this.roots;
      this.shown = sorted(roots).map((node) => ({ node, level: 1 }));
    } else {
      this.shown = sorted(this.functions()).map((node) => ({ node, level: 1 }));
    }
    this.rows.selected = -1;
    if (this.shown.length && mode === "callees") this.unfold(0);
    this.rows.set(this.shown.length);
    this.rows.place(0);
  }

  // One node for each function, with all nodes that it stands for.
  functions() {
    const found = new Map();
    this.nodes.forEach((node) => {
      if (node.parent >= 0) this.gather(found, node, node);
    });
    return [...found.values()];
  }

  gather(found, node, of) {
    const key = node.parent < 0 ? `thread ${node.code}` : node.code;
    if (!found.has(key)) {
      found.set(key, { code: node.code, parent: node.parent, count: 0, total: 0, own: 0, of: [] });
    }
    const known = found.get(key);
    known.of.push([node, of]);
    known.count += of.count;
    known.own += of.own;
    // What a call of itself took is within.
    if (!this.isWithinItself(of)) known.total += of.total;
  }

  isWithinItself(node) {
    let above = node.parent;
    while (above >= 0) {
      if (this.nodes[above].parent >= 0 && this.nodes[above].code === node.code) return true;
      above = this.nodes[above].parent;
    }
    return false;
  }

  // Those that have called it, each with what their calls of it took.
  callers(node) {
    const found = new Map();
    for (const [each, of] of node.of) {
      if (each.parent >= 0) this.gather(found, this.nodes[each.parent], of);
    }
    return [...found.values()].filter((each) => each.parent >= 0);
  }

  within(node) {
    return sorted(this.mode === "callees" ? node.inner : this.callers(node));
  }

  unfold(index) {
    const row = this.shown[index];
    if (row.isOpen) return;
    row.isOpen = true;
    const rows = this.within(row.node).map((node) => ({ node, level: row.level + 1 }));
    this.shown = this.shown.slice(0, index + 1).concat(rows, this.shown.slice(index + 1));
  }

  act(index, key) {
    const row = this.shown[index];
    if (key === "o") return this.at(row) && this.page.goTo(this.at(row));
    if (key === "c") return this.turn(this.mode);
    if (key === "e") {
      for (let each = 0; each < this.shown.length && this.shown.length < 5000; each++) {
        this.unfold(each);
      }
    } else if (key === "ArrowLeft" && !row.isOpen) {
      let above = index;
      while (above > 0 && this.shown[above].level >= row.level) above--;
      return this.rows.select(above);
    } else if (row.isOpen && key !== "ArrowRight") {
      let end = index + 1;
      while (end < this.shown.length && this.shown[end].level > row.level) end++;
      this.shown.splice(index + 1, end - index - 1);
      row.isOpen = false;
    } else {
      this.unfold(index);
    }
    this.rows.set(this.shown.length);
    return undefined;
  }

  at({ node }) {
    if (node.parent < 0) return "";
    const [file, line] = this.run.codes[node.code];
    return file ? this.run.position(file - 1, line) : "";
  }

  draw(index, row) {
    const { node, level, isOpen } = this.shown[index];
    row.classList.add("calls-row");
    row.setAttribute("aria-level", level);
    const isThread = node.parent < 0;
    row.append(make("span", "count", isThread ? "" : counted(node.count)));
    const total = make("span", "time", this.run.took ? duration(node.total) : "");
    if (this.run.took) total.classList.add(`heat${1 + Math.floor((node.total / this.all) * 5)}`);
    row.append(total, make("span", "time", this.run.took && !isThread ? duration(node.own) : ""));
    const name = make("span", "name");
    name.style.paddingLeft = `${Math.min(level - 1, 60) * 14}px`;
    const hasInner = this.mode === "callees" ? node.inner.length : this.callers(node).length;
    if (hasInner) row.setAttribute("aria-expanded", Boolean(isOpen));
    name.append(make("span", hasInner ? "fold" : "leaf", hasInner ? (isOpen ? "▾" : "▸") : "·"));
    const text = isThread ? this.run.threads[node.code] || `thread ${node.code}`
      : this.run.codes[node.code][2];
    name.append(make("code", "", text), make("span", "at", this.at({ node })));
    row.append(name);
  }

  print(isPrinted) {
    this.rows.isPrinted = isPrinted;
    this.rows.paint();
  }
}

function sorted(nodes) {
  return [...nodes].sort((one, other) => other.total - one.total || other.count - one.count);
}
