/* The plots of a comparison, in the colours of the page: curves over one another, and any two numbers of
   the table against each other. */
"use strict";

(() => {
  const { element, isNumber, numberIn, words, written } = window.labbook;
  const SERIES = 7;
  const HEIGHT = 300;

  /* As the style sheet knows it, light and dark. */
  const colour = (place) => `var(--lb-series-${place % SERIES + 1})`;

  /* Whether a place has the colour of an earlier one: then its curve is dashed, its dot small. */
  const again = (place) => place >= SERIES;

  const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 });
  const shortly = (tick) => Math.abs(tick) >= 1e4 ? compact.format(tick) : written(tick);

  /* What a logarithmic axis shows, between two of its round numbers: of no values a decade. */
  const step = (value) => 10 ** Math.floor(Math.log10(value));
  function around(_, low, high) {
    if (low === null) return [1, 10];
    const from = Math.floor(low / step(low)) * step(low);
    const to = Math.ceil(high / step(high)) * step(high);
    return [from, to > from ? to : 10 * from];
  }

  const widthOf = (place) => Math.max(280, place.clientWidth);

  /* A place for a plot, which draws itself once it is in the page and has a width and colours. */
  function plot({ label, data, series, x, y, log, range }) {
    const place = element("div", { class: "lb-plot", role: "img", "aria-label": label });
    place.draw = () => {
      /* A canvas takes no variable of a style sheet. */
      const ink = (named) => {
        place.style.color = named;
        return getComputedStyle(place).color;
      };
      const grid = { stroke: ink("var(--lb-rule)"), width: 1 };
      const drawn = series.map((one) => {
        const stroke = ink(one.stroke);
        return { ...one, stroke, points: { ...one.points, stroke, fill: stroke } };
      });
      const values = (_, ticks) => ticks.map((tick) => tick === null ? "" : shortly(tick));
      const side = { stroke: ink(""), grid, ticks: grid, values };
      return new window.uPlot({
        width: widthOf(place), height: HEIGHT, legend: { show: false },
        padding: [8, 24, 0, 0],
        cursor: { drag: { x: true, y: true } },
        scales: { x: { time: false, ...range }, y: log ? { distr: 3, range: around } : {} },
        axes: [{ ...side, label: x, space: 70 }, { ...side, label: y, size: 70 }],
        series: [{}, ...drawn],
      }, data, place);
    };
    return place;
  }

  /* As wide as its place has become. */
  function fit(drawn) {
    const width = widthOf(drawn.root.parentElement);
    if (width !== drawn.width) drawn.setSize({ width, height: HEIGHT });
  }

  function curves(choices, names, menu) {
    const all = choices.flatMap((choice) => choice.records.flatMap((r) => Object.keys(r.history)));
    const there = [...new Set(all)];
    if (!there.length) return [element("p", { class: "lb-aside" }, "These trials have no curves.")];
    const usual = ["validation_loss", "validation_accuracy"].find((name) => there.includes(name));
    const [pick, curve] = menu("curve", "curve", there, usual ?? there[0]);
    const lines = choices.flatMap((choice) => choice.records.filter((r) => r.history[curve])
      .map((record) => ({ place: choice.place, ...record.history[curve] })));
    const positive = lines.every(({ values }) => values.every((value) => value === null || value > 0));
    const [scalePick, scale] = menu("scale", "scale", positive ? ["linear", "log"] : ["linear"],
      positive && curve.includes("loss") ? "log" : "linear");
    const drawn = plot({
      label: `${words(curve)} of ${names.join("; ")}`,
      data: window.uPlot.join(lines.map(({ over, values }) =>
        [over ?? values.map((_, point) => point + 1), values])),
      series: lines.map(({ place }) => ({
        label: names[place], stroke: colour(place), dash: again(place) ? [6, 4] : [], width: 1.6,
        spanGaps: true, points: { show: false } })),
      x: [...new Set(lines.map((line) => line.label))].join(" or "),
      y: words(curve),
      log: scale === "log",
    });
    return [element("p", { class: "lb-bar" }, pick, scalePick), drawn];
  }

  /* Any two numbers of the table, all its rows; those that are ticked in colour. */
  function scatter(figure, choices, names, menu) {
    const columns = [...figure.querySelectorAll("thead th")].map((head, place) => ({ head, place }))
      .filter(({ head }) => head.classList.contains("n"));
    if (columns.length < 2) return [];
    const label = ({ head }) => head.textContent.trim();
    const labels = columns.map(label);
    const shown = columns.filter(({ head }) => !head.hidden).map(label);
    const [pickX, x] = menu("across", "x", labels, shown.at(-1) ?? labels.at(-1));
    const measured = labels.find((name) => /loss|accuracy|classes/.test(name));
    const [pickY, y] = menu("up", "y", labels, measured ?? labels[0]);
    const at = (row, name) => numberIn(row.cells[columns[labels.indexOf(name)].place]);
    const rows = [...figure.querySelectorAll("tbody tr")]
      .map((row) => ({ x: at(row, x), y: at(row, y), place: choices.findIndex((c) => c.row === row) }))
      .filter((point) => isNumber(point.x) && isNumber(point.y))
      .sort((a, b) => a.x - b.x);
    const picks = element("p", { class: "lb-bar" }, pickX, pickY);
    if (!rows.length) return [picks];
    const of = (place) => rows.map((point) => (point.place === place ? point.y : null));
    const dots = (stroke, size) =>
      ({ stroke, width: 0, paths: () => null, points: { show: true, size } });
    const span = rows.at(-1).x - rows[0].x || Math.abs(rows[0].x) || 1;
    return [picks, plot({
      label: `${y} against ${x}`,
      data: [rows.map((point) => point.x), of(-1), ...choices.map((_, place) => of(place))],
      series: [dots("var(--lb-others)", 6),
        ...choices.map(({ place }) => dots(colour(place), again(place) ? 7 : 10))],
      x, y,
      range: { range: [rows[0].x - 0.05 * span, rows.at(-1).x + 0.05 * span] },
    })];
  }

  Object.assign(window.labbook, { again, colour, curves, fit, scatter });
})();
