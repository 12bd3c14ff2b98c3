// The page without any library: sliders over instances, tables that sort.
"use strict";
(function () {
  const make = (name, attributes, text) => {
    const e = document.createElement(name);
    for (const k in attributes || {}) e.setAttribute(k, attributes[k]);
    if (text !== undefined) e.textContent = text;
    return e;
  };
  window.atomloomMake = make;

  // Panels of several instances: one at a time with a slider, or all next to each other.
  const slide = (group) => {
    const panels = [...group.querySelectorAll(":scope > .panel")];
    const box = make("div", { class: "slider" }), all = make("button", { type: "button" });
    const range = make("input", { type: "range", min: 0, max: panels.length - 1, value: 0, "aria-label": "instance" });
    const label = make("output", {});
    let single = panels.length > 3;
    const show = () => {
      panels.forEach((p, i) => { p.hidden = single && i !== +range.value; });
      group.classList.toggle("one", single);
      const name = panels[+range.value].dataset.label || String(+range.value + 1);
      label.textContent = single ? name : "";
      range.setAttribute("aria-valuetext", name);
      range.hidden = label.hidden = !single;
      all.textContent = single ? "show all " + panels.length + " next to each other" : "show one at a time";
    };
    range.addEventListener("input", show);
    all.addEventListener("click", () => { single = !single; show(); });
    box.append(range, label, all);
    group.prepend(box);
    show();
  };
  document.querySelectorAll(".group[data-several]").forEach(slide);

  // The graph and its times: as wide as the page, or larger or smaller by steps; what was in the middle stays there.
  const zoomable = (box) => {
    const svg = box.querySelector("svg"), tools = make("div", { class: "tools" }), label = make("output", {}, "100 %");
    const least = -4, most = 6; // from a third to five times the width, by a factor of 1.3
    let step = 0;
    const show = (to) => {
      const middle = (box.scrollLeft + box.clientWidth / 2) / box.scrollWidth;
      step = Math.min(Math.max(to, least), most);
      svg.classList.remove("zoomed");
      const wide = svg.getBoundingClientRect().width * 1.3 ** step;
      svg.style.setProperty("--wide", wide + "px");
      svg.classList.toggle("zoomed", step !== 0);
      box.scrollLeft = middle * box.scrollWidth - box.clientWidth / 2;
      label.textContent = Math.round(100 * 1.3 ** step) + " %";
    };
    const button = (text, to) => {
      const b = make("button", { type: "button", "aria-label": text + ": " + box.dataset.zoom }, text);
      b.addEventListener("click", () => show(to()));
      return b;
    };
    tools.append(button("larger", () => step + 1), button("smaller", () => step - 1), button("whole width", () => 0), label);
    box.before(tools);
  };
  document.querySelectorAll("[data-zoom]").forEach(zoomable);

  // Tables: a heading is a button that sorts by its column.
  const number = (s) => { const x = parseFloat(s); return Number.isNaN(x) ? s : x; };
  const sortable = (table) => {
    const head = [...table.querySelectorAll("thead th")], body = table.tBodies[0];
    if (!body || body.rows.length < 3) return;
    head.forEach((th, k) => {
      const b = make("button", { type: "button" }, th.textContent);
      th.textContent = "";
      th.append(b);
      b.addEventListener("click", () => {
        const up = th.getAttribute("aria-sort") !== "ascending";
        head.forEach((h) => h.removeAttribute("aria-sort"));
        th.setAttribute("aria-sort", up ? "ascending" : "descending");
        const cell = (r) => number(r.cells[k] ? r.cells[k].textContent : "");
        const rows = [...body.rows].sort((p, q) => {
          const a = cell(p), c = cell(q);
          const order = typeof a === typeof c ? (a < c ? -1 : a > c ? 1 : 0) : typeof a === "number" ? -1 : 1;
          return up ? order : -order;
        });
        body.append(...rows);
      });
    });
  };
  document.querySelectorAll(".panel.wide table, details table").forEach(sortable);
})();
