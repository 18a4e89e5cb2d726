/* What comparisons compare: the records behind a row, as scripts, since a page from a disk may load
   nothing else, and what these records share. */
"use strict";

(() => {
  const { element } = window.labbook;
  const HERE = new URL(".", document.currentScript.src);
  const RECORD = /\/records\/([^/]+)\/([0-9a-f]{16})\.html$/;

  const loaded = new Map();
  window.labbookRecord = (record) => loaded.get(record.key).resolve(record);

  function load(address, about) {
    const script = document.createElement("script");
    script.src = address;
    return new Promise((resolve, reject) => {
      script.onload = resolve;
      script.onerror = () => reject(new Error(`${about} could not be loaded`));
      document.head.append(script);
    });
  }

  function recordAt(address) {
    const [, , key] = address.match(RECORD);
    if (!loaded.has(key)) {
      const known = {};
      known.promise = new Promise((resolve, reject) => Object.assign(known, { resolve, reject }));
      loaded.set(key, known);
      load(address.replace(/html$/, "js"), `record ${key}`).catch(known.reject);
    }
    return loaded.get(key).promise;
  }

  let plotting;
  function plots() {
    if (!plotting) {
      const sheet = element("link", { rel: "stylesheet", href: new URL("uplot/uPlot.min.css", HERE) });
      document.head.append(sheet);
      plotting = load(new URL("uplot/uPlot.iife.min.js", HERE), "uPlot");
    }
    return plotting;
  }

  const words = (name) => name.replace(/_s$/, " (s)").replace(/^cpu/, "CPU").replace(/_/g, " ");
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

  function written(value) {
    if (value === undefined) return "–";
    if (!isNumber(value)) return typeof value === "string" ? value : JSON.stringify(value);
    if (Number.isInteger(value)) return value.toLocaleString("en");
    return String(Number(value.toPrecision(5))).replace("-", "−");
  }

  const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 });
  const shortly = (tick) => Math.abs(tick) >= 1e4 ? compact.format(tick) : written(tick);

  /* One ticked row: the records behind it, and what all of them share. */
  class Choice {
    constructor(row, addresses, records, place) {
      Object.assign(this, { row, addresses, records, place });
      this.settings = {};
      for (const name of Object.keys(records[0].configuration)) {
        const value = records[0].configuration[name];
        if (records.every((record) => same(record.configuration[name], value))) {
          this.settings[name] = value;
        }
      }
      this.numbers = {};
      for (const name of new Set(records.flatMap((record) => Object.keys(record.metrics)))) {
        const values = records.map((record) => record.metrics[name]).filter(isNumber);
        if (values.length) this.numbers[name] = mean(values);
      }
    }

    /* Called by the settings that differ, else by its key. */
    called(differing) {
      const told = differing.filter((name) => this.settings[name] !== undefined)
        .map((name) => `${words(name)} ${written(this.settings[name])}`);
      const many = this.records.length > 1 ? `${this.records.length} trials` : "";
      return [...told, many].filter(Boolean).join(", ") || this.records[0].key.slice(0, 8);
    }
  }

  function differing(choices) {
    const names = new Set(choices.flatMap((choice) => Object.keys(choice.settings)));
    return [...names].filter((name) =>
      choices.some((choice) => !same(choice.settings[name], choices[0].settings[name])));
  }

  Object.assign(window.labbook, { RECORD, Choice, differing, isNumber, plots, recordAt, shortly, words, written });
})();
