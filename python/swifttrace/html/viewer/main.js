// The page: its views, its keys, its links.
const KEYS = [
  ["1 2 3 4", "source, trace, calls, timeline"],
  ["/", "search"], ["n N", "the next and the previous line that was found"],
  ["↓ ↑ or j k", "the next and the previous row"],
  ["PageDown PageUp g G", "a page on or back; the first and the last row"],
  ["Enter, → ←", "unfold and fold a row; Enter on a line of the trace opens its source"],
  ["e c", "unfold all; fold all"], ["o", "open the source of a row"],
  ["+ − 0", "timeline: zoom in, zoom out, show all"],
  ["← →", "timeline: the call before and the next one"],
  ["t", "light, dark, or as the system has it"],
  ["?", "these keys"], ["Esc", "close"],
];

class Page {
  constructor(told) {
    this.runs = told.runs.map((each) => new Run(each));
    this.views = {
      source: new SourceView(this), trace: new TraceView(this),
      calls: new CallsView(this), timeline: new TimelineView(this),
    };
    this.search = new Search(this);
    this.build();
    this.listen();
    this.follow();
  }

  build() {
    this.tabs = make("div", "tabs");
    this.tabs.setAttribute("role", "tablist");
    this.tabs.setAttribute("aria-label", "Views");
    const main = byId("main");
    const tools = make("div", "tools");
    if (this.runs.length > 1) tools.append(this.chooser());
    tools.append(this.tabs, this.search.element);
    this.themes = button("", "theme", () => this.turnTheme(), "t");
    tools.append(this.themes, button("keys ?", "", () => this.help.showModal()));
    main.append(tools);
    Object.entries(this.views).forEach(([name, view], index) => {
      const tab = button(name, "tab", () => this.show(name), String(index + 1));
      tab.id = `tab-${name}`;
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", `view-${name}`);
      this.tabs.append(tab);
      view.element.id = `view-${name}`;
      view.element.setAttribute("role", "tabpanel");
      view.element.setAttribute("aria-labelledby", tab.id);
      main.append(view.element);
    });
    this.help = this.helpPage();
    document.body.append(this.help);
    this.setTheme(stored());
  }

  chooser() {
    this.select = make("select");
    this.select.setAttribute("aria-label", "Process");
    this.runs.forEach((run, index) => {
      const option = make("option", "", `${run.process || run.name}: ${run.command}`.slice(0, 80));
      option.value = index;
      this.select.append(option);
    });
    this.select.addEventListener("change", () => {
      this.load(Number(this.select.value));
      this.show(this.view);
    });
    return this.select;
  }

  helpPage() {
    const page = make("dialog", "help");
    page.setAttribute("aria-label", "Keys");
    const table = make("table");
    for (const [keys, does] of KEYS) {
      const row = make("tr");
      const head = make("th", "", keys);
      head.scope = "row";
      row.append(head, make("td", "", does));
      table.append(row);
    }
    page.append(make("h2", "", "Keys"), table, button("close", "", () => page.close()));
    return page;
  }

  listen() {
    window.addEventListener("hashchange", () => this.follow());
    document.addEventListener("keydown", (event) => this.pressed(event));
    for (const [name, isPrinted] of [["beforeprint", true], ["afterprint", false]]) {
      window.addEventListener(name, () => this.views[this.view].print(isPrinted));
    }
    this.tabs.addEventListener("keydown", (event) => this.turnTab(event));
  }

  turnTab(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const names = Object.keys(this.views);
    const next = names[(names.indexOf(this.view) + by + names.length) % names.length];
    this.show(next);
    byId(`tab-${next}`).focus();
    event.preventDefault();
    event.stopPropagation();
  }

  pressed(event) {
    const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (isTyping || event.ctrlKey || event.altKey || event.metaKey || this.help.open) return;
    const names = Object.keys(this.views);
    const acts = {
      "/": () => this.search.input.select(), "?": () => this.help.showModal(),
      t: () => this.turnTheme(), n: () => this.search.step(1), N: () => this.search.step(-1),
    };
    names.forEach((name, index) => {
      acts[index + 1] = () => {
        this.show(name);
        this.focus();
      };
    });
    if (event.key in acts) {
      acts[event.key]();
      event.preventDefault();
    } else if (["ArrowDown", "ArrowUp", "j", "k"].includes(event.key)
        && !event.target.closest(".rows, .timeline, .frame, .details, .tabs")) {
      this.focus();
      event.preventDefault();
    }
  }

  focus() {
    const { rows, canvas } = this.views[this.view];
    if (!rows) return canvas.focus();
    rows.element.focus();
    if (rows.selected < 0) rows.select(0);
    return undefined;
  }

  load(index) {
    if (this.loaded === index) return;
    this.loaded = index;
    this.run = this.runs[index];
    if (this.select) this.select.value = index;
    const texts = this.run.verdict.map((text) => make("p", "", text));
    byId("verdict").replaceChildren(...texts);
    Object.values(this.views).forEach((view) => view.load(this.run));
    this.search.load(this.run);
    this.place = "";
  }

  show(name) {
    this.view = name;
    for (const [each, view] of Object.entries(this.views)) {
      view.element.hidden = each !== name;
      const tab = byId(`tab-${each}`);
      tab.setAttribute("aria-selected", each === name);
      tab.tabIndex = each === name ? 0 : -1;
    }
    const { rows } = this.views[name];
    if (rows) rows.paint();
    else this.views[name].paint();
    this.remember({});
  }

  // Notes in the address what is seen.
  remember({ at }) {
    if (at) this.place = at;
    const parts = new URLSearchParams();
    if (this.loaded) parts.set("run", this.loaded);
    parts.set("view", this.view);
    if (this.place) parts.set("at", this.place);
    const hash = `#${parts}`;
    if (hash !== location.hash) history.replaceState(null, "", hash);
  }

  // Shows what the address says.
  follow() {
    const parts = new URLSearchParams(location.hash.slice(1));
    this.load(Math.min(Number(parts.get("run")) || 0, this.runs.length - 1));
    const view = parts.get("view");
    const at = parts.get("at");
    this.place = at || "";
    this.show(view in this.views ? view : "source");
    if (at) this.goTo(at, this.view === "source");
  }

  // Shows `file:line` in the source.
  goTo(at, isShown = true) {
    const [, name, line] = /^(.*):(\d+)$/.exec(at) || [];
    const file = this.run.byName.get(name);
    if (file === undefined) return;
    if (isShown && this.view !== "source") this.show("source");
    this.views.source.show(file, Number(line), false);
    this.remember({ at });
    if (isShown && document.activeElement !== this.search.input) this.focus();
  }

  turnTheme() {
    const next = { system: "light", light: "dark", dark: "system" };
    this.setTheme(next[this.theme]);
    for (const view of Object.values(this.views)) if (view.canvas) view.paint();
  }

  setTheme(theme) {
    this.theme = theme;
    const root = document.documentElement;
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    this.themes.textContent = `theme: ${theme}`;
    // A file's page may have no storage.
    try {
      localStorage.setItem("swifttrace-theme", theme);
    } catch { /* The switch counts until the page is closed. */ }
  }
}

function stored() {
  try {
    const theme = localStorage.getItem("swifttrace-theme");
    return ["light", "dark"].includes(theme) ? theme : "system";
  } catch {
    return "system";
  }
}

function say(text) {
  byId("message").hidden = false;
  byId("message").textContent = text;
}

if (typeof DecompressionStream === "undefined") {
  say("This browser has no DecompressionStream, which the report needs:"
    + " Chrome 80, Firefox 113, Safari 16.4 and later have it.");
} else {
  unpacked().then((told) => new Page(told)).catch((error) => {
    say(`The report cannot be shown: ${error}. Was the file cut?`);
  });
}
