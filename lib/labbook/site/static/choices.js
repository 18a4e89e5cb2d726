/* What comparisons compare: the records behind a row, as scripts, since a page from a disk may load
   nothing else, and what these records share. */
"use strict";

(() => {
  const { element } = window.labbook;
  const HERE = new URL(".", document.currentScript.src);
  const RECORDS = new URL("../records/", HERE).href;
  const RECORD = /^[^/]+\/([0-9a-f]{16})\.html$/;
  const SEVERAL = "several";

  /* What is loaded is loaded once; what could not be loaded is asked for again the next time. */
  const loaded = new Map();
  function once(name, load) {
    if (!loaded.has(name)) {
      loaded.set(name, load().catch((error) => {
        loaded.delete(name);
        throw error;
      }));
    }
    return loaded.get(name);
  }

  function load(address, about) {
    const script = element("script", { src: address });
    return new Promise((resolve, reject) => {
      script.onload = resolve;
      script.onerror = () => reject(new Error(`${about} could not be loaded`));
      document.head.append(script);
    });
  }

  const awaited = new Map();
  window.labbookRecord = (record) => awaited.get(record.key)(record);

  /* The key of the record whose page a link leads to; undefined of any other link. Of this site alone:
     what is compared is loaded as a script. */
  function keyOf({ href }) {
    return href.startsWith(RECORDS) ? href.slice(RECORDS.length).match(RECORD)?.[1] : undefined;
  }

  function recordAt(address) {
    const key = keyOf({ href: address });
    return once(key, () => new Promise((resolve, reject) => {
      awaited.set(key, resolve);
      load(address.replace(/html$/, "js"), `record ${key}`).catch(reject);
    }));
  }

  function plots() {
    return once("uPlot", () => {
      const sheet = element("link", { rel: "stylesheet", href: new URL("uplot/uPlot.min.css", HERE) });
      document.head.append(sheet);
      return load(new URL("uplot/uPlot.iife.min.js", HERE), "uPlot");
    });
  }

  const words = (name) => name.replace(/_s$/, " (s)").replace(/^cpu/, "CPU").replace(/_/g, " ");
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

  function written(value) {
    if (value === undefined) return "–";
    if (!isNumber(value)) return typeof value === "string" ? value : JSON.stringify(value);
    const text = Number.isInteger(value) ? value.toLocaleString("en") : String(Number(value.toPrecision(5)));
    return text.replace(/^-/, "−");
  }

  /* One ticked row: the records behind it, and what they have in common. */
  class Choice {
    constructor(row, addresses, records, place) {
      Object.assign(this, { row, addresses, records, place });
      this.settings = {};
      for (const name of new Set(records.flatMap((record) => Object.keys(record.configuration)))) {
        const [first, ...others] = records.map((record) => record.configuration[name]);
        this.settings[name] = others.every((other) => same(other, first)) ? first : SEVERAL;
      }
      this.numbers = {};
      for (const name of new Set(records.flatMap((record) => Object.keys(record.metrics)))) {
        const values = records.map((record) => record.metrics[name]).filter(isNumber);
        if (values.length) this.numbers[name] = mean(values);
      }
    }

    /* Called by the settings that differ, else by its key. */
    called(differing) {
      const told = differing.filter((name) => ![undefined, SEVERAL].includes(this.settings[name]))
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

  Object.assign(window.labbook, { Choice, differing, isNumber, keyOf, plots, recordAt, words, written });
})();
