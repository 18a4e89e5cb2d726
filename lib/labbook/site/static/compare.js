/* Rows of trials that are ticked stand side by side under their table: curves over one another,
   the settings that differ, metrics with their differences, arrays as pictures, any two numbers of the
   table against each other. The address keeps the choice; uPlot is loaded with the first comparison. */
"use strict";

(() => {
  const { RECORD, Choice, differing, element, isNumber, numberIn, plots, recordAt, shortly, words, written } =
    window.labbook;
  const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#7A7A7A"];
  const DARK = ["#5CB3E6", "#F0894A", "#3CC79B", "#E3A6C8", "#9AD4F5", "#F3BE4F", "#B5B5B5"];

  /* Which way a metric is better, as far as its name tells. */
  const LOWER = /loss|error|time|flops|bytes|memory/i, HIGHER = /accuracy|throughput|correlation/i;
  function best(name, values) {
    const known = values.filter(isNumber);
    if (new Set(known).size < 2) return undefined;
    return LOWER.test(name) ? Math.min(...known) : HIGHER.test(name) ? Math.max(...known) : undefined;
  }

  const isDark = () => document.body.dataset.theme === "dark"
    || (document.body.dataset.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  const colour = (place) => (isDark() ? DARK : COLOURS)[place % COLOURS.length];

  class Comparison {
    constructor(figure) {
      this.figure = figure;
      this.panel = element("section", { class: "lb-compare", "aria-label": "Comparison", hidden: "" });
      figure.after(this.panel);
      this.boxes = new Map();
      this.options = {};
      for (const row of figure.querySelectorAll("tbody tr")) this.addBox(row);
      this.follow();
      new MutationObserver(() => this.update()).observe(document.body, { attributeFilter: ["data-theme"] });
    }

    addBox(row) {
      const links = [...row.querySelectorAll(".lb-record a")].filter((link) => RECORD.test(link.href));
      if (!links.length) return;
      const folder = links[0].href.replace(/[^/]*$/, "");
      const keys = row.querySelector(".lb-record").dataset.keys?.split(" ")
        ?? links.map((link) => link.href.match(RECORD)[2]);
      const box = element("input", { type: "checkbox", class: "lb-tick", title: "compare",
        "aria-label": `Compare ${row.cells[0].textContent.trim()}` });
      box.addEventListener("change", () => this.update(true));
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

    remember(ticked) {
      const rows = ticked.map(({ keys }) => keys[0]).join(".");
      const told = new URLSearchParams({ compare: this.figure.id, rows, ...this.options });
      history.replaceState(null, "", ticked.length ? `#${told}` : "#");
    }

    async update(chosen = false) {
      const ticked = [...this.boxes].filter(([box]) => box.checked).map(([, row]) => row);
      if (chosen) this.remember(ticked);
      const turn = this.turn = {};
      this.panel.hidden = !ticked.length;
      if (!ticked.length) return;
      try {
        const records = ticked.map(({ addresses }) => Promise.all(addresses.map(recordAt)));
        const found = await Promise.all([...records, plots()]);
        if (turn !== this.turn) return;
        const choices = ticked.map(({ row, addresses }, place) => new Choice(row, addresses, found[place], place));
        this.draw(choices);
      } catch (error) {
        this.panel.replaceChildren(element("p", { class: "lb-box lb-error" }, `${error.message}.`));
      }
    }

    draw(choices) {
      const differ = differing(choices);
      const names = choices.map((choice) => choice.called(differ));
      this.panel.replaceChildren(
        this.bar(choices), this.legend(choices, names),
        ...this.curves(choices, names), this.table(choices, names, differ), ...this.pictures(choices, names),
        ...this.scatter(choices, names));
      this.plots?.forEach((plot) => plot.destroy());
      this.plots = [...this.panel.querySelectorAll(".lb-plot")].map((place) => place.draw());
    }

    bar(choices) {
      const copy = element("button", { type: "button", class: "lb-button" }, "copy address");
      copy.addEventListener("click", async () => {
        await navigator.clipboard.writeText(location.href);
        copy.textContent = "copied";
      });
      const clear = element("button", { type: "button", class: "lb-button" }, "clear");
      clear.addEventListener("click", () => {
        for (const box of this.boxes.keys()) box.checked = false;
        this.update(true);
      });
      const rows = `${choices.length} row${choices.length > 1 ? "s" : ""} compared`;
      return element("p", { class: "lb-actions" }, element("b", {}, rows), copy, clear);
    }

    legend(choices, names) {
      const entries = choices.map((choice, place) => {
        const mark = element("span", { class: "lb-swatch" });
        mark.style.background = colour(place);
        return element("li", {}, mark, names[place]);
      });
      return element("ul", { class: "lb-legend" }, ...entries);
    }

    menu(label, option, values, usual) {
      const select = element("select", { "aria-label": label });
      for (const value of values) select.append(element("option", { value }, words(value)));
      select.value = values.includes(this.options[option]) ? this.options[option] : usual;
      select.addEventListener("change", () => {
        this.options[option] = select.value;
        this.update(true);
      });
      return [element("label", {}, `${label} `, select), select.value];
    }

    curves(choices, names) {
      const all = choices.flatMap((choice) => choice.records.flatMap((r) => Object.keys(r.history)));
      const there = [...new Set(all)];
      if (!there.length) return [element("p", { class: "lb-aside" }, "These trials have no curves.")];
      const usual = ["validation_loss", "validation_accuracy"].find((name) => there.includes(name));
      const [pick, curve] = this.menu("curve", "curve", there, usual ?? there[0]);
      const lines = choices.flatMap((choice) => choice.records.filter((r) => r.history[curve])
        .map((record) => ({ place: choice.place, ...record.history[curve] })));
      const positive = lines.every(({ values }) => values.every((value) => value === null || value > 0));
      const [scalePick, scale] = this.menu("scale", "scale", positive ? ["linear", "log"] : ["linear"],
        positive && curve.includes("loss") ? "log" : "linear");
      const along = [...new Set(lines.map((line) => line.label))].join(" or ");
      const data = window.uPlot?.join(lines.map(({ over, values }) =>
        [over ?? values.map((_, point) => point + 1), values]));
      const series = lines.map(({ place }) => ({
        label: names[place], stroke: colour(place), width: 1.6, spanGaps: true, points: { show: false } }));
      const label = `${words(curve)} of ${names.join("; ")}`;
      const plot = this.plot(label, data, series, along, words(curve), scale === "log");
      return [element("p", { class: "lb-bar" }, pick, scalePick), plot];
    }

    /* A place for a plot, which draws itself once it is in the page and has a width. */
    plot(label, data, series, x, y, log, range) {
      const place = element("div", { class: "lb-plot", role: "img", "aria-label": label });
      const ink = getComputedStyle(document.body).color;
      const grid = { stroke: isDark() ? "#36393d" : "#dedbd2", width: 1 };
      const side = { stroke: ink, grid, ticks: grid };
      const values = (_, ticks) => ticks.map((tick) => tick === null ? "" : shortly(tick));
      const step = (value) => 10 ** Math.floor(Math.log10(value));
      const around = (_, low, high) => [Math.floor(low / step(low)) * step(low),
        Math.ceil(high / step(high)) * step(high)];
      place.draw = () => new window.uPlot({
        width: Math.max(280, place.clientWidth), height: 300, legend: { show: false },
        padding: [8, 24, 0, 0],
        cursor: { drag: { x: true, y: true } },
        scales: { x: { time: false, ...range }, y: log ? { distr: 3, range: around } : {} },
        axes: [{ ...side, label: x, values, space: 70 }, { ...side, label: y, size: 70, values }],
        series: [{}, ...series],
      }, data, place);
      return place;
    }

    table(choices, names, differ) {
      const head = element("tr", {}, element("th", { scope: "col" }, ""),
        ...names.map((name) => element("th", { scope: "col" }, name)));
      const rows = [];
      const line = (name, cells) => rows.push(element("tr", {},
        element("th", { scope: "row" }, words(name)), ...cells.map((cell) => element("td", {}, ...[cell].flat()))));
      for (const name of differ) {
        line(name, choices.map((choice) => name in choice.settings ? written(choice.settings[name]) : "several"));
      }
      const metrics = [...new Set(choices.flatMap((choice) => Object.keys(choice.numbers)))];
      for (const name of metrics) {
        const first = choices[0].numbers[name];
        const leads = best(name, choices.map((choice) => choice.numbers[name]));
        line(name, choices.map((choice, place) => {
          const value = choice.numbers[name];
          const off = value - first;
          const percent = first > 0 ? `, ${off > 0 ? "+" : "−"}${Math.abs(100 * off / first).toFixed(1)} %` : "";
          const beside = place && isNumber(off) ? ` (${off > 0 ? "+" : ""}${written(off)}${percent})` : "";
          const shown = element(value === leads ? "b" : "span", {}, written(value));
          return [shown, off === 0 && place ? " (the same)" : beside];
        }));
      }
      const table = element("table", { class: "lb" }, element("thead", {}, head), element("tbody", {}, ...rows));
      const told = "Only the settings that differ, and the metrics: in brackets the difference from the first, "
        + "in bold the best where the name of a metric tells which way is better.";
      return element("div", { class: "lb-scroll", tabindex: "0", role: "region", "aria-label": told },
        element("p", { class: "lb-same" }, told), table);
    }

    /* The arrays that these trials returned, of each name beside each other; one that is the same in
       all of them stands once. */
    pictures(choices, names) {
      const all = choices.flatMap((choice) => choice.records.map((record, place) => ({
        swatch: colour(choice.place), record, folder: choice.addresses[place].replace(/[^/]*$/, ""),
        label: names[choice.place] + (choice.records.length > 1 ? `, ${record.key.slice(0, 8)}` : "") })));
      const there = [...new Set(all.flatMap(({ record }) => Object.keys(record.pictures)))].sort();
      return there.map((name) => {
        const having = all.filter(({ record }) => name in record.pictures);
        const digests = new Set(having.map(({ record }) => record.pictures[name].digest));
        const once = having.length > 1 && digests.size === 1;
        const drawn = (once ? having.slice(0, 1) : having).map(({ swatch, record, folder, label }) => {
          const { file, about, width } = record.pictures[name];
          const mark = element("span", { class: "lb-swatch" });
          mark.style.background = swatch;
          const called = once ? [`the same in all ${having.length}`] : [mark, label];
          const alt = `${words(name)} of ${once ? "all" : label}`;
          return element("figure", { class: "lb-array" }, element("img", { src: folder + file, width, alt }),
            element("figcaption", {}, ...called, ` (${about})`));
        });
        const without = all.length - having.length;
        const told = without ? [element("p", { class: "lb-aside" }, `${without} of these ${all.length} trials left no picture of it.`)] : [];
        return element("section", { class: "lb-arrays" }, element("p", { class: "lb-name" }, words(name)),
          element("div", {}, ...drawn), ...told);
      });
    }

    /* Any two numbers of the table, all its rows; those that are ticked in colour. */
    scatter(choices, names) {
      const heads = [...this.figure.querySelectorAll("thead th")];
      const columns = heads.map((head, place) => ({ head, place }))
        .filter(({ head }) => head.classList.contains("n"));
      if (columns.length < 2) return [];
      const label = ({ head }) => head.textContent.trim();
      const labels = columns.map(label);
      const shown = columns.filter(({ head }) => !head.hidden).map(label);
      const [pickX, x] = this.menu("across", "x", labels, shown.at(-1) ?? labels.at(-1));
      const measured = labels.find((name) => /loss|accuracy|classes/.test(name));
      const [pickY, y] = this.menu("up", "y", labels, measured ?? labels[0]);
      const at = (row, name) => numberIn(row.cells[columns[labels.indexOf(name)].place]);
      const rows = [...this.figure.querySelectorAll("tbody tr")]
        .map((row) => ({ row, x: at(row, x), y: at(row, y), place: choices.findIndex((c) => c.row === row) }))
        .filter((point) => Number.isFinite(point.x) && Number.isFinite(point.y))
        .sort((a, b) => a.x - b.x);
      if (!rows.length) return [element("p", { class: "lb-bar" }, pickX, pickY)];
      const of = (place) => rows.map((point) => (point.place === place ? point.y : null));
      const dots = (place, stroke, size) => ({ label: names[place] ?? "others", stroke, width: 0,
        paths: () => null, points: { show: true, size, fill: stroke, stroke } });
      const others = isDark() ? "#6d7074" : "#b9b7b0";
      const data = [rows.map((point) => point.x), of(-1), ...choices.map((choice) => of(choice.place))];
      const series = [dots(-1, others, 6), ...choices.map(({ place }) => dots(place, colour(place), 10))];
      const span = rows.at(-1).x - rows[0].x || Math.abs(rows[0].x) || 1;
      const range = { range: [rows[0].x - 0.05 * span, rows.at(-1).x + 0.05 * span] };
      return [element("p", { class: "lb-bar" }, pickX, pickY),
        this.plot(`${y} against ${x}`, data, series, x, y, false, range)];
    }
  }

  document.querySelectorAll("figure.lb-table:not(.lb-front)").forEach((figure) => {
    if ([...figure.querySelectorAll(".lb-record a")].some((link) => RECORD.test(link.href))) {
      new Comparison(figure);
    }
  });
})();
