/* What a comparison says beside its plots: whose colour is which, the settings that differ, metrics with
   their differences, arrays as pictures. */
"use strict";

(() => {
  const { again, colour, element, isNumber, words, written } = window.labbook;

  function swatch(place) {
    const mark = element("span", { class: "lb-swatch" });
    mark.style.background = colour(place);
    mark.classList.toggle("lb-again", again(place));
    return mark;
  }

  function legend(choices, names) {
    const entries = choices.map((_, place) => element("li", {}, swatch(place), names[place]));
    return element("ul", { class: "lb-legend" }, ...entries);
  }

  /* Which way a metric is better, as far as its name tells. */
  const LOWER = /loss|error|time|flops|bytes|memory/i, HIGHER = /accuracy|throughput|correlation/i;
  function best(name, values) {
    const known = values.filter(isNumber);
    if (new Set(known).size < 2) return undefined;
    return LOWER.test(name) ? Math.min(...known) : HIGHER.test(name) ? Math.max(...known) : undefined;
  }

  /* How far a value is from the first: " (+0.01, +2.5 %)"; "" where one of them is missing. */
  function difference(value, first) {
    const off = value - first;
    if (!isNumber(off)) return "";
    if (off === 0) return " (the same)";
    const sign = off > 0 ? "+" : "−";
    const percent = first > 0 ? `, ${sign}${Math.abs(100 * off / first).toFixed(1)} %` : "";
    return ` (${off > 0 ? "+" : ""}${written(off)}${percent})`;
  }

  function numbers(choices, names, differ) {
    const row = (name, cells) => element("tr", {}, element("th", { scope: "row" }, words(name)),
      ...cells.map((cell) => element("td", {}, ...cell)));
    const settings = differ.map((name) => row(name, choices.map(({ settings }) => [written(settings[name])])));
    const metrics = [...new Set(choices.flatMap((choice) => Object.keys(choice.numbers)))].map((name) => {
      const values = choices.map((choice) => choice.numbers[name]);
      const leads = best(name, values);
      return row(name, values.map((value, place) => [
        element(value !== undefined && value === leads ? "b" : "span", {}, written(value)),
        place ? difference(value, values[0]) : "",
      ]));
    });
    const heads = ["", ...names].map((name) => element("th", { scope: "col" }, name));
    const table = element("table", { class: "lb" }, element("thead", {}, element("tr", {}, ...heads)),
      element("tbody", {}, ...settings, ...metrics));
    const told = "Only the settings that differ, and the metrics: in brackets the difference from the first, "
      + "in bold the best where the name of a metric tells which way is better.";
    return element("div", { class: "lb-scroll", tabindex: "0", role: "region", "aria-label": told },
      element("p", { class: "lb-same" }, told), table);
  }

  /* The arrays that these trials returned, of each name beside each other; one that is the same in
     all of them stands once. */
  function pictures(choices, names) {
    const all = choices.flatMap((choice, place) => choice.records.map((record, number) => ({
      place, record, folder: choice.addresses[number].replace(/[^/]*$/, ""),
      label: names[place] + (choice.records.length > 1 ? `, ${record.key.slice(0, 8)}` : "") })));
    const there = [...new Set(all.flatMap(({ record }) => Object.keys(record.pictures)))].sort();
    return there.map((name) => {
      const having = all.filter(({ record }) => name in record.pictures);
      const digests = new Set(having.map(({ record }) => record.pictures[name].digest));
      const once = having.length > 1 && digests.size === 1;
      const drawn = (once ? having.slice(0, 1) : having).map(({ place, record, folder, label }) => {
        const { file, about, width } = record.pictures[name];
        const called = once ? [`the same in all ${having.length}`] : [swatch(place), label];
        const alt = `${words(name)} of ${once ? "all" : label}`;
        return element("figure", { class: "lb-array" }, element("img", { src: folder + file, width, alt }),
          element("figcaption", {}, ...called, ` (${about})`));
      });
      const without = all.length - having.length;
      const told = `${without} of these ${all.length} trials left no picture of it.`;
      return element("section", { class: "lb-arrays" }, element("p", { class: "lb-name" }, words(name)),
        element("div", {}, ...drawn), ...(without ? [element("p", { class: "lb-aside" }, told)] : []));
    });
  }

  Object.assign(window.labbook, { legend, numbers, pictures });
})();
