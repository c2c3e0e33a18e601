// Rows of equal height, of which those alone are in the page that are seen.
const ROW = 22;
// Browsers draw no element that is much higher.
const HIGHEST = 8e6;

class Rows {
  // `draw(index, row)` fills a row; `act(index, key)` is told of Enter, ArrowLeft and ArrowRight.
  constructor(role, label, draw, act) {
    [this.draw, this.act, this.role] = [draw, act, role];
    [this.count, this.first, this.selected, this.isPrinted] = [0, 0, -1, false];
    this.element = make("div", "rows");
    this.element.tabIndex = 0;
    this.element.setAttribute("role", role === "treeitem" ? "tree" : "listbox");
    this.element.setAttribute("aria-label", label);
    this.spacer = make("div", "spacer");
    this.spacer.setAttribute("role", "presentation");
    this.element.append(this.spacer);
    this.element.addEventListener("scroll", () => this.scrolled());
    this.element.addEventListener("wheel", (event) => this.turned(event), { passive: false });
    this.element.addEventListener("keydown", (event) => this.pressed(event));
    this.spacer.addEventListener("click", (event) => this.clicked(event));
    this.changed = () => {};
    new ResizeObserver(() => this.paint()).observe(this.element);
  }

  set(count) {
    this.count = count;
    this.selected = Math.min(this.selected, count - 1);
    this.paint();
  }

  get seen() {
    return Math.max(1, Math.floor(this.element.clientHeight / ROW));
  }

  get height() {
    return Math.min(this.count * ROW, HIGHEST);
  }

  get isScaled() {
    return this.count * ROW > HIGHEST;
  }

  scrolled() {
    const top = this.element.scrollTop;
    if (this.isPlaced) {
      this.isPlaced = false;
    } else if (this.isScaled) {
      const part = top / (HIGHEST - this.element.clientHeight);
      this.first = Math.round(part * (this.count - this.seen));
    } else {
      this.first = Math.floor(top / ROW);
    }
    if (this.asked) return;
    this.asked = requestAnimationFrame(() => {
      this.asked = 0;
      this.paint();
    });
  }

  // Where a pixel is many rows, the wheel goes by rows.
  turned(event) {
    if (!this.isScaled) return;
    event.preventDefault();
    this.place(this.first + Math.sign(event.deltaY) * 3);
  }

  place(first) {
    this.first = Math.max(0, Math.min(first, this.count - this.seen));
    const part = this.first / Math.max(1, this.count - this.seen);
    const top = this.isScaled ? part * (HIGHEST - this.element.clientHeight) : this.first * ROW;
    this.isPlaced = Math.abs(this.element.scrollTop - top) >= 1;
    this.element.scrollTop = top;
    this.paint();
  }

  paint() {
    this.spacer.style.height = `${this.height}px`;
    const [first, last] = this.isPrinted
      ? [0, Math.min(this.count, 2000)]
      : [Math.max(0, this.first - 2), Math.min(this.count, this.first + this.seen + 3)];
    const offset = this.isScaled && !this.isPrinted
      ? this.element.scrollTop - (this.first - first) * ROW
      : first * ROW;
    const rows = [];
    for (let index = first; index < last; index++) rows.push(this.row(index, offset, first));
    this.spacer.replaceChildren(...rows);
    this.element.setAttribute("aria-activedescendant", this.idOf(this.selected));
  }

  row(index, offset, first) {
    const row = make("div", "row");
    row.setAttribute("role", this.role);
    row.id = this.idOf(index);
    row.dataset.index = index;
    row.style.top = `${offset + (index - first) * ROW}px`;
    row.setAttribute("aria-posinset", index + 1);
    row.setAttribute("aria-setsize", this.count);
    row.setAttribute("aria-selected", index === this.selected);
    if (index === this.selected) row.classList.add("selected");
    this.draw(index, row);
    return row;
  }

  idOf(index) {
    return index < 0 ? "" : `${this.element.id}-${index}`;
  }

  select(index, isTold = true) {
    if (!this.count) return;
    this.selected = Math.max(0, Math.min(index, this.count - 1));
    const [first, seen] = [this.first, this.seen];
    if (this.selected < first || this.selected >= first + seen) {
      this.place(this.selected - Math.floor(seen / 3));
    } else {
      this.paint();
    }
    if (isTold) this.changed(this.selected);
  }

  clicked(event) {
    const row = event.target.closest(".row");
    if (!row) return;
    const index = Number(row.dataset.index);
    this.select(index);
    if (event.target.closest(".fold")) this.act(index, "Enter");
  }

  pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const steps = {
      ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: this.seen, PageUp: -this.seen,
      Home: -this.count, g: -this.count, End: this.count, G: this.count,
    };
    const acts = { Enter: "Enter", " ": "Enter", ArrowLeft: "ArrowLeft", h: "ArrowLeft",
      ArrowRight: "ArrowRight", l: "ArrowRight", e: "e", c: "c", o: "o" };
    if (event.key in steps) {
      this.select(this.selected + steps[event.key]);
    } else if (event.key in acts && this.selected >= 0) {
      this.act(this.selected, acts[event.key]);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}
