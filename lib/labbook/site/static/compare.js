/* Rows of trials that are ticked stand side by side under their table: curves over one another,
   the settings that differ, metrics with their differences, arrays as pictures, any two numbers of the
   table against each other. The address keeps the choice; uPlot is loaded with the first comparison. */
"use strict";

(() => {
  const { Choice, copyButton, curves, differing, element, fit, keyOf, legend, numbers, pictures, plots,
    recordAt, scatter, words } = window.labbook;

  class Comparison {
    constructor(figure) {
      this.figure = figure;
      this.panel = element("section", { class: "lb-compare", "aria-label": "Comparison", hidden: "" });
      figure.after(this.panel);
      this.boxes = new Map();
      this.options = {};
      this.plots = [];
      for (const row of figure.querySelectorAll("tbody tr")) this.addBox(row);
      this.follow();
      addEventListener("hashchange", () => this.follow());
      /* Colours are drawn anew where the reader, or the system, turns the light on or off. */
      new MutationObserver(() => this.update()).observe(document.body, { attributeFilter: ["data-theme"] });
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.update());
      new ResizeObserver(() => this.plots.forEach(fit)).observe(this.panel);
    }

    addBox(row) {
      const cell = row.querySelector(".lb-record");
      const links = [...cell?.querySelectorAll("a") ?? []].filter(keyOf);
      const keys = cell?.dataset.keys?.split(" ") ?? links.map(keyOf);
      if (!links.length || !keys[0]) return;
      const folder = links[0].href.replace(/[^/]*$/, "");
      const box = element("input", { type: "checkbox", class: "lb-tick", title: "compare",
        "aria-label": `Compare ${row.cells[0].textContent.trim()}` });
      box.addEventListener("change", () => this.choose());
      row.cells[0].prepend(box);
      this.boxes.set(box, { row, keys, addresses: keys.map((key) => `${folder}${key}.html`) });
    }

    /* The choice that the address tells, if it is one of this table. */
    follow() {
      const told = new URLSearchParams(location.hash.slice(1));
      if (told.get("compare") !== this.figure.id) return;
      const keys = (told.get("rows") ?? "").split(".");
      for (const [box, row] of this.boxes) box.checked = keys.includes(row.keys[0]);
      for (const name of ["curve", "scale", "x", "y"]) {
        if (told.has(name)) this.options[name] = told.get(name);
      }
      this.update().then(() => this.panel.scrollIntoView());
    }

    ticked() {
      return [...this.boxes].filter(([box]) => box.checked).map(([, row]) => row);
    }

    /* The reader has chosen. */
    choose() {
      this.remember();
      this.update();
    }

    /* The address tells the choice; of two comparisons on a page it tells the last one. */
    remember() {
      const ticked = this.ticked();
      const rows = ticked.map(({ keys }) => keys[0]).join(".");
      const told = new URLSearchParams({ compare: this.figure.id, rows, ...this.options });
      history.replaceState(null, "", ticked.length ? `#${told}` : "#");
    }

    async update() {
      const ticked = this.ticked();
      const turn = this.turn = {};
      this.panel.hidden = !ticked.length;
      if (!ticked.length) return;
      try {
        const records = ticked.map(({ addresses }) => Promise.all(addresses.map(recordAt)));
        const found = await Promise.all([...records, plots()]);
        if (turn !== this.turn) return;
        this.draw(ticked.map(({ row, addresses }, place) => new Choice(row, addresses, found[place], place)));
      } catch (error) {
        this.panel.replaceChildren(element("p", { class: "lb-box lb-error" }, `${error.message}.`));
      }
    }

    draw(choices) {
      const differ = differing(choices);
      const names = choices.map((choice) => choice.called(differ));
      const menu = (...of) => this.menu(...of);
      const chosen = this.panel.contains(document.activeElement) && document.activeElement.ariaLabel;
      this.plots.forEach((plot) => plot.destroy());
      this.panel.replaceChildren(
        this.bar(choices), legend(choices, names),
        ...curves(choices, names, menu), numbers(choices, names, differ), ...pictures(choices, names),
        ...scatter(this.figure, choices, names, menu));
      this.plots = [...this.panel.querySelectorAll(".lb-plot")].map((place) => place.draw());
      if (chosen) this.panel.querySelector(`select[aria-label="${chosen}"]`)?.focus();
    }

    bar(choices) {
      const copy = copyButton("lb-button", "copy address", () => {
        this.remember();
        return location.href;
      });
      const clear = element("button", { type: "button", class: "lb-button" }, "clear");
      clear.addEventListener("click", () => {
        for (const box of this.boxes.keys()) box.checked = false;
        this.choose();
        choices[0].row.querySelector(".lb-tick").focus();
      });
      const rows = `${choices.length} row${choices.length > 1 ? "s" : ""} compared`;
      return element("p", { class: "lb-actions" }, element("b", {}, rows), copy, clear);
    }

    menu(label, option, values, usual) {
      const select = element("select", { "aria-label": label });
      for (const value of values) select.append(element("option", { value }, words(value)));
      select.value = values.includes(this.options[option]) ? this.options[option] : usual;
      select.addEventListener("change", () => {
        this.options[option] = select.value;
        this.choose();
      });
      return [element("label", {}, `${label} `, select), select.value];
    }
  }

  document.querySelectorAll("figure.lb-table:not(.lb-front)").forEach((figure) => {
    if ([...figure.querySelectorAll(".lb-record a")].some(keyOf)) new Comparison(figure);
  });
})();
