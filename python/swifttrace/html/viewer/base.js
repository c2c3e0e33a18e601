// Small tools. All text of the program is set by `textContent`.
const byId = (id) => document.getElementById(id);

function make(tag, classes, text) {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  if (text !== undefined) made.textContent = text;
  return made;
}

function button(label, classes, act, title) {
  const made = make("button", classes, label);
  made.type = "button";
  if (title) made.title = title;
  made.addEventListener("click", act);
  return made;
}

const counted = (number) => number.toLocaleString("en-US");
const noun = (number, one) => `${counted(number)} ${one}${number === 1 ? "" : "s"}`;
const times = (number) => (number === 1 ? "once" : `${counted(number)} times`);

// Nanoseconds, with three digits that count.
function duration(time) {
  if (time >= 1e9) return `${(time / 1e9).toFixed(3)} s`;
  if (time >= 1e6) return `${(time / 1e6).toFixed(2)} ms`;
  if (time >= 1e3) return `${(time / 1e3).toFixed(1)} µs`;
  return `${time} ns`;
}

const moment = (time) => (time / 1e9).toFixed(6);

// A number from 0 to 6 by the logarithm of a count.
function heat(count, most) {
  if (!count) return 0;
  return 1 + Math.round((5 * Math.log(count)) / Math.max(Math.log(most), 1));
}

async function unpacked() {
  const text = atob(byId("data").textContent);
  const bytes = Uint8Array.from(text, (each) => each.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

// The rows of columns; of `summed` many the numbers are differences to the row before.
function rowsOf(columns, summed = 0) {
  const sums = new Array(summed).fill(0);
  return columns[0].map((_, index) => columns.map((column, at) => {
    if (at >= summed) return column[index];
    sums[at] += column[index];
    return sums[at];
  }));
}

// One recording, with what the views ask of it.
class Run {
  constructor(told) {
    Object.assign(this, told);
    this.byName = new Map();
    if (!this.functions.length) this.functions = this.codes.slice(1);
    this.tree = rowsOf(this.tree);
    this.slices = rowsOf(this.slices, 2)
      .map(([thread, start, depth, code, took, ending]) => [thread, depth, code, start, took, ending]);
    this.files.forEach((file, index) => {
      const counts = {};
      file.most = 1;
      for (const [line, first, count, later] of rowsOf(file.counts, 2)) {
        counts[line] = [count, first, first + later];
        file.most = Math.max(file.most, count);
      }
      file.counts = counts;
      file.runnable = new Set(file.code);
      this.byName.set(file.name, index);
    });
    this.placesAt = new Map();
    this.places.forEach(([file, line], index) => {
      const key = `${file - 1}:${line}`;
      if (!this.placesAt.has(key)) this.placesAt.set(key, []);
      this.placesAt.get(key).push(index + 1);
    });
    this.waysAt = new Map();
    for (const way of this.ways) {
      if (!this.waysAt.has(way.loop)) this.waysAt.set(way.loop, []);
      this.waysAt.get(way.loop).push(way);
    }
  }

  // What was said at a line: values, arguments, results.
  texts_of(file, line) {
    const places = this.placesAt.get(`${file}:${line}`) || [];
    return [...new Set(places.flatMap((place) => this.texts[place] || []))];
  }

  text(file, line) {
    return this.files[file].lines[line - 1] || "";
  }

  position(file, line) {
    return `${this.files[file].name}:${line}`;
  }

  // The name of the function that a place is in.
  functionOf(place) {
    const known = this.functions[this.inside[place - 1] - 1];
    return known ? known[2] : "<module>";
  }
}
