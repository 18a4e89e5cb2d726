/* What all scripts of a page need: a new element, the number that a text or a cell tells, and a button
   that copies. */
"use strict";

window.labbook = {
  element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  },

  /* NaN where a text is anything else than a number as tables write it: 33,617 or −0.5 or 1e-07. */
  numberFrom(text) {
    const plain = text.trim().replace(/,(?=\d)/g, "").replace(/^−/, "-");
    return plain === "" ? NaN : Number(plain);
  },

  /* A cell whose number is shown rounded has it in full, too. */
  numberIn(cell) {
    return window.labbook.numberFrom(cell.dataset.v ?? cell.textContent);
  },

  /* Arguments: what gives the text, when the button is pressed. */
  copyButton(kind, label, text) {
    const button = window.labbook.element("button", { type: "button", class: kind }, label);
    button.addEventListener("click", async () => {
      button.textContent = (await copy(text())) ? "copied" : "not allowed";
      setTimeout(() => { button.textContent = label; }, 1500);
    });
    return button;

    async function copy(copied) {
      try {
        await navigator.clipboard.writeText(copied);
        return true;
      } catch {
        /* From a disk, or from a server without TLS, scripts may have no clipboard; the old way works. */
        const area = window.labbook.element("textarea");
        area.value = copied;
        document.body.append(area);
        area.select();
        const done = document.execCommand("copy");
        area.remove();
        button.focus();
        return done;
      }
    }
  },
};
