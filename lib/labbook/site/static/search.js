/* Records among what a search finds: by their key, by what they are called, by their settings. The
   search of Sphinx knows the pages that were written, not those of records. */
"use strict";

(() => {
  const { element } = window.labbook;
  const SHOWN_AT_MOST = 30;
  const place = document.getElementById("search-results");
  /* Numbers as a keyboard writes them: 1024 and -0.5 for 1,024 and −0.5. */
  const plain = (text) => text.toLowerCase().replace(/(\d),(?=\d{3})/g, "$1").replace(/−/g, "-")
    .replace(/[_:=,]+/g, " ").replace(/\s+/g, " ").trim();
  const safe = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const phrase = plain(new URLSearchParams(location.search).get("q") ?? "");
  if (!place || !phrase) return;

  /* A number is found whole, a word by its beginning, and so is a key. */
  const tests = phrase.split(" ").map((word) =>
    new RegExp(`(^|[^\\w.])${safe(word)}${/^[-\d.]+$/.test(word) ? "($|[^\\w.])" : ""}`));
  const together = new RegExp(`(^| )${safe(phrase)}($| )`);

  window.labbookRecords = (records) => {
    const found = records.map(([address, title, settings]) => {
      const text = plain(`${address.replace("/", " ")} ${title} ${settings}`);
      return { address, title, text };
    }).filter(({ text }) => tests.every((test) => test.test(text)));
    if (!found.length) return;
    found.sort((a, b) => together.test(b.text) - together.test(a.text));
    const entries = found.slice(0, SHOWN_AT_MOST).map(({ address, title }) => {
      const [experiment, key] = address.split("/");
      return element("li", {}, element("a", { href: `records/${address}.html` }, title),
        element("div", { class: "lb-aside" }, `${experiment}, ${key}`));
    });
    const more = found.length > entries.length ? `, the first ${entries.length} of them` : "";
    place.before(element("section", { class: "lb-found", "aria-label": "Records" },
      element("h2", {}, "Records"),
      element("p", { class: "lb-aside" }, `${found.length} of ${records.length} records${more}`),
      element("ul", {}, ...entries)));
  };
  document.head.append(element("script", { src: "records.js" }));
})();
