/* What all scripts of a page need: a new element, and the number that a text or a cell tells. */
"use strict";

window.labbook = {
  element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  },

  /* NaN where a text begins with no number. */
  numberFrom(text) {
    return parseFloat(text.replace(/,/g, "").replace("−", "-"));
  },

  /* A cell whose number is shown rounded has it in full, too. */
  numberIn(cell) {
    return window.labbook.numberFrom(cell.dataset.v ?? cell.textContent);
  },
};
