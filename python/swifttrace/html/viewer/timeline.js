// Calls over time: a band for each thread, in it a row for each depth.
const BAR = 18;
const LABEL = 16;

class TimelineView {
  constructor(page) {
    this.page = page;
    this.element = make("section", "view");
    this.bar = make("div", "bar");
    this.bar.append(
      button("zoom in", "", () => this.zoom(0.5), "+"),
      button("zoom out", "", () => this.zoom(2), "-"),
      button("all", "", () => this.whole(), "0"),
    );
    this.note = make("span", "sum");
    this.bar.append(this.note);
    this.canvas = make("canvas", "timeline");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.told = make("p", "told");
    this.told.setAttribute("role", "status");
    this.frame = make("div", "frame");
    this.frame.tabIndex = 0;
    this.frame.append(this.canvas);
    this.element.append(this.bar, this.told, this.frame);
    this.listen();
    new ResizeObserver(() => this.paint()).observe(this.frame);
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      if (event.shiftKey) this.move((event.deltaY * this.span) / 1000);
      else this.zoom(event.deltaY > 0 ? 1.25 : 0.8, event.offsetX / canvas.clientWidth);
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      this.held = { x: event.offsetX, from: this.from };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (this.held) {
        const part = (event.offsetX - this.held.x) / canvas.clientWidth;
        this.look(this.held.from - part * this.span, this.span);
      } else {
        this.hovered = this.sliceAt(event.offsetX, event.offsetY);
        canvas.title = this.hovered < 0 ? "" : this.text(this.hovered);
      }
    });
    canvas.addEventListener("pointerup", (event) => {
      if (this.held && Math.abs(event.offsetX - this.held.x) < 3) {
        this.choose(this.sliceAt(event.offsetX, event.offsetY));
      }
      this.held = null;
    });
    canvas.addEventListener("keydown", (event) => this.pressed(event));
  }

  load(run) {
    this.run = run;
    this.chosen = -1;
    this.bands = new Map();
    for (const [thread, depth] of run.slices) {
      const band = this.bands.get(thread) || { depth: 0 };
      band.depth = Math.max(band.depth, depth + 1);
      this.bands.set(thread, band);
    }
    let top = 0;
    for (const [, band] of [...this.bands].sort((one, other) => one[0] - other[0])) {
      band.top = top;
      top += LABEL + band.depth * BAR + 6;
    }
    this.height = Math.max(top, 60);
    let note = `${noun(run.slices.length, "call")} of ${counted(run.calls)}`;
    if (run.slices.length < run.calls) note += ": the longest ones";
    if (!run.timed) note += "; times are spread evenly: record with --calls for exact ones";
    this.note.textContent = run.took ? note : "This recording has no times.";
    this.canvas.setAttribute("aria-label",
      `Timeline: ${note}. The arrow keys go from call to call; the view of calls has the same as text.`);
    this.whole();
  }

  whole() {
    this.look(0, Math.max(this.run.took, 1));
  }

  look(from, span) {
    const all = Math.max(this.run.took, 1);
    this.span = Math.max(100, Math.min(span, all));
    this.from = Math.max(0, Math.min(from, all - this.span));
    this.paint();
  }

  zoom(factor, part = 0.5) {
    const middle = this.from + this.span * part;
    const span = Math.max(100, Math.min(this.span * factor, Math.max(this.run.took, 1)));
    this.look(middle - span * part, span);
  }

  move(time) {
    this.look(this.from + time, this.span);
  }

  x(time) {
    return ((time - this.from) / this.span) * this.canvas.clientWidth;
  }

  paint() {
    if (!this.run || !this.frame.clientWidth) return;
    if (this.asked) return;
    this.asked = requestAnimationFrame(() => {
      this.asked = 0;
      this.drawAll();
    });
  }

  drawAll() {
    const { canvas } = this;
    const [width, scale] = [this.frame.clientWidth - 2, window.devicePixelRatio || 1];
    canvas.style.height = `${this.height + 20}px`;
    canvas.width = width * scale;
    canvas.height = (this.height + 20) * scale;
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    [this.ink, this.quiet, this.onSlice] = ["--text", "--quiet", "--slice-text"].map(colour);
    this.colours = [0, 1, 2, 3, 4, 5].map((number) => colour(`--slice${number}`));
    pen.font = "12px system-ui, sans-serif";
    pen.textBaseline = "middle";
    this.drawScale(pen, width);
    pen.translate(0, 20);
    pen.fillStyle = this.ink;
    for (const [thread, band] of this.bands) {
      pen.fillText(this.run.threads[thread] || `thread ${thread}`, 4, band.top + LABEL / 2);
    }
    this.drawn = new Map();
    for (const slice of this.run.slices) this.drawSlice(pen, slice, width);
    if (this.chosen >= 0) this.drawFrame(pen, this.run.slices[this.chosen]);
  }

  drawScale(pen, width) {
    let step = 10 ** Math.floor(Math.log10(this.span / 4));
    if (this.span / step > 10) step *= 2.5;
    pen.fillStyle = this.quiet;
    for (let time = Math.ceil(this.from / step) * step; time < this.from + this.span; time += step) {
      const x = this.x(time);
      pen.fillRect(x, 0, 1, 20);
      if (x < width - 60) pen.fillText(duration(Math.round(time)), x + 3, 9);
    }
  }

  drawSlice(pen, [thread, depth, code, start, took, ending], width) {
    const [x, end] = [this.x(start), this.x(start + took)];
    if (end < 0 || x > width) return;
    const top = this.bands.get(thread).top + LABEL + depth * BAR;
    // Of those that are in one pixel the first.
    if (end - x < 1 && this.drawn.get(top) === Math.floor(x)) return;
    this.drawn.set(top, Math.floor(x));
    const shown = Math.max(1, Math.min(end, width) - Math.max(x, 0) - 1);
    pen.fillStyle = this.colours[code % 6];
    pen.fillRect(Math.max(x, 0), top, shown, BAR - 2);
    if (ending === 2) pen.fillRect(Math.max(x, 0), top + BAR - 2, shown, 2);
    if (shown < 24) return;
    pen.save();
    pen.beginPath();
    pen.rect(Math.max(x, 0), top, shown - 2, BAR);
    pen.clip();
    pen.fillStyle = this.onSlice;
    pen.fillText(this.run.codes[code][2], Math.max(x, 0) + 4, top + BAR / 2 - 1);
    pen.restore();
  }

  drawFrame(pen, [thread, depth, , start, took]) {
    const top = this.bands.get(thread).top + LABEL + depth * BAR;
    pen.strokeStyle = this.ink;
    pen.lineWidth = 2;
    pen.strokeRect(this.x(start), top - 1, Math.max(2, this.x(start + took) - this.x(start)), BAR);
  }

  sliceAt(x, y) {
    const time = this.from + (x / this.canvas.clientWidth) * this.span;
    const slack = (this.span / this.canvas.clientWidth) * 2;
    return this.run.slices.findIndex(([thread, depth, , start, took]) => {
      const top = 20 + this.bands.get(thread).top + LABEL + depth * BAR;
      return y >= top && y < top + BAR && time >= start && time <= start + Math.max(took, slack);
    });
  }

  text(index) {
    const [thread, , code, start, took, ending] = this.run.slices[index];
    const [file, line, name] = this.run.codes[code];
    const ended = ["", ", then it was suspended", ", left by an exception"][ending];
    const where = file ? this.run.position(file - 1, line) : "";
    return `${name} ${where}, ${this.run.threads[thread]}: ${duration(took)}`
      + ` from ${moment(start)} s${ended}`;
  }

  choose(index) {
    this.chosen = index;
    this.told.textContent = index < 0 ? "" : this.text(index);
    if (index >= 0) {
      const [, , code, start, took] = this.run.slices[index];
      if (start < this.from || start > this.from + this.span) this.look(start - this.span / 3, this.span);
      const [file, line] = this.run.codes[code];
      if (file) this.page.remember({ at: this.run.position(file - 1, line) });
      if (took > this.span * 4) this.look(start, took);
    }
    this.paint();
  }

  pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const last = this.run.slices.length - 1;
    const acts = {
      "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2),
      0: () => this.whole(),
      ArrowRight: () => this.choose(Math.min(this.chosen + 1, last)),
      ArrowLeft: () => this.choose(Math.max(this.chosen - 1, Math.min(0, last))),
      l: () => this.move(this.span / 4), h: () => this.move(-this.span / 4),
      Home: () => this.choose(Math.min(0, last)), End: () => this.choose(last),
      Enter: () => this.open(), o: () => this.open(),
    };
    if (!(event.key in acts)) return;
    acts[event.key]();
    event.preventDefault();
    event.stopPropagation();
  }

  open() {
    if (this.chosen < 0) return;
    const [file, line] = this.run.codes[this.run.slices[this.chosen][2]];
    if (file) this.page.goTo(this.run.position(file - 1, line));
  }

  print() {}
}
