/* Records among what a search finds: by their key, by what they are called, by their settings. The
   search of Sphinx knows the pages that were written, not those of records. */
"use strict";

(() => {
  const SHOWN_AT_MOST = 30;
  const place = document.getElementById("search-results");
  const asked = new URLSearchParams(location.search).get("q")?.trim();
  if (!place || !asked) return;

  const plain = (text) => text.toLowerCase().replace(/[_:=,]+/g, " ").replace(/\s+/g, " ").trim();
  const safe = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const phrase = plain(asked);
  /* A number is found whole, a word by its beginning, and so is a key. */
  const tests = phrase.split(" ").map((word) =>
    new RegExp(`(^|[^\\w.])${safe(word)}${/^[-\d.]+$/.test(word) ? "($|[^\\w.])" : ""}`));
  const together = new RegExp(`(^| )${safe(phrase)}($| )`);

  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  window.labbookRecords = (records) => {
    const found = records.map(([address, title, settings]) => {
      const text = plain(`${address.replace("/", " ")} ${title} ${settings}`);
      return { address, title, text };
    }).filter(({ text }) => tests.every((test) => test.test(text)));
    if (!found.length) return;
    found.sort((a, b) => together.test(b.text) - together.test(a.text));
    const entries = found.slice(0, SHOWN_AT_MOST).map(({ address, title }) => {
      const [experiment, key] = address.split("/");
      return make("li", {}, make("a", { href: `records/${address}.html` }, title),
        make("div", { class: "lb-aside" }, `${experiment}, ${key}`));
    });
    const more = found.length > entries.length ? `, the first ${entries.length} of them` : "";
    place.before(make("section", { class: "lb-found", "aria-label": "Records" },
      make("h2", {}, "Records"),
      make("p", { class: "lb-aside" }, `${found.length} of ${records.length} records${more}`),
      make("ul", {}, ...entries)));
  };
  document.head.append(make("script", { src: "records.js" }));
})();
