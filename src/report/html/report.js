// Adds to a page that is complete without it: the language of what CSS cannot switch, and the list of findings, whose
// rows wait as text (the browser does not build what stands in <noscript>) and are built as they are looked at.
"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector) => [...document.querySelectorAll(selector)];

  const speak = (lang) => {
    root.lang = lang;
    document.title = root.dataset[lang];
    for (const element of all("[data-en]")) {
      if (element !== root) element.textContent = element.dataset[lang];
    }
    for (const element of all("[data-label-en]")) {
      element.setAttribute("aria-label", lang === "zh" ? element.dataset.labelZh : element.dataset.labelEn);
    }
  };
  for (const input of all("input[name=lang]")) {
    input.addEventListener("change", () => speak(input.value));
    if (input.checked && input.value !== root.lang) speak(input.value);
  }

  // Tables and pictures that are wider than the window can be scrolled with the keyboard; narrower ones are no stop.
  const regions = all(".scroll");
  const reach = () => {
    for (const region of regions) {
      if (region.scrollWidth > region.clientWidth) region.tabIndex = 0;
      else region.removeAttribute("tabindex");
    }
  };
  reach();
  addEventListener("resize", reach);
  addEventListener("toggle", reach, true);
  for (const input of all("input[name=lang]")) input.addEventListener("change", reach);

  // Paper cannot be opened. CSS does the same in browsers that know `::details-content`.
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = all("details.list:not([open])");
    for (const details of unfolded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of unfolded) details.open = false;
  });

  const source = document.querySelector("noscript.rows-text");
  if (!source) {
    root.dataset.ready = Math.round(performance.now());
    return;
  }
  const STEP = 100;
  const entities = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"' };
  const plain = (text) => text.replace(/&(?:amp|lt|gt|quot);/g, (entity) => entities[entity]);
  const HEAD = /^<li data-s="([^"]*)" data-r="([^"]*)" data-a="([^"]*)">.*?<code>([^<]*)<\u002fcode><\u002fsmall>/;
  const rows = [];
  for (const html of source.textContent.split("\n")) {
    const head = HEAD.exec(html);
    if (head) rows.push({ html, severity: head[1], rule: head[2], app: plain(head[3]), path: plain(head[4]), words: null });
  }
  const words = (row) => (row.words ??= plain(row.html.replace(/<[^>]*>/g, " ")).toLowerCase());

  const list = document.createElement("ol");
  list.className = "rows";
  list.id = "rows";
  source.after(list);
  const filters = document.querySelector(".filters");
  const [search, path, rule, app] = ["search", "path", "rule", "app"].map((name) => filters.elements[name]);
  const severities = [...filters.querySelectorAll("input[name=severity]")];
  const [more, everything] = all(".more button");
  const numbers = all(".shown");
  // The remedy is put into the row, and the link leads to the page of the rule.
  const explain = (link) => {
    const help = document.getElementById(link.hash.slice(1));
    if (help.className === "help") {
      const copy = help.cloneNode(true);
      copy.removeAttribute("id");
      link.parentNode.before(copy);
    }
    const rule = link.closest("li[data-r]").dataset.r;
    link.href = document.getElementById(`r-${rule}`).querySelector("a").href;
    link.rel = "noreferrer noopener";
  };
  list.addEventListener(
    "toggle",
    (event) => {
      if (event.target.open) for (const link of event.target.querySelectorAll('a[href^="#"]')) explain(link);
    },
    true,
  );

  let fitting = rows;
  let built = 0;
  const build = (count) => {
    const template = document.createElement("template");
    template.innerHTML = fitting.slice(built, built + count).map((row) => row.html).join("");
    list.append(template.content);
    built = Math.min(built + count, fitting.length);
    // So many that the browser should only lay out those in the window.
    list.classList.toggle("long", built > 5 * STEP);
    more.hidden = everything.hidden = built >= fitting.length;
    for (const number of numbers) {
      number.textContent = number.dataset.of === "fitting" ? fitting.length : number.dataset.of === "all" ? rows.length : built;
    }
  };
  const apply = () => {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const below = path.value.trim();
    const shown = new Set(severities.filter((box) => box.checked).map((box) => box.value));
    fitting = rows.filter(
      (row) =>
        shown.has(row.severity) &&
        (!rule.value || row.rule === rule.value) &&
        (!app.value || row.app === app.value) &&
        (!below || row.path.includes(below)) &&
        wanted.every((word) => words(row).includes(word)),
    );
    list.replaceChildren();
    built = 0;
    build(STEP);
  };
  filters.hidden = false;
  filters.addEventListener("input", apply);
  filters.addEventListener("submit", (event) => event.preventDefault());
  // After the browser has put the fields back.
  filters.addEventListener("reset", () => setTimeout(apply));
  const grow = (count) => {
    const first = built;
    build(count);
    list.children[first]?.querySelector("summary").focus();
  };
  more.addEventListener("click", () => grow(STEP));
  everything.addEventListener("click", () => grow(fitting.length));
  for (const link of all("a[data-rule]")) {
    link.addEventListener("click", () => {
      filters.reset();
      rule.value = link.dataset.rule;
      apply();
    });
  }
  apply();
  root.dataset.ready = Math.round(performance.now());
})();
