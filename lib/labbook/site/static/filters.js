/* A box below each header of a table, which lets rows pass: "cnn" in the column, "=cnn" for exactly
   that, "<0.01" and ">=8" for numbers below and from there on. */
"use strict";

window.labbookFilters = class {
  constructor(table) {
    this.table = table;
    this.button = window.labbook.element(
      "button", { type: "button", class: "lb-copy", "aria-expanded": "false" }, "filter");
    this.button.addEventListener("click", () => this.toggle());
    table.bar.append(this.button);
  }

  /* The boxes come with the first click; with the second they go, and what they held is let pass. */
  toggle() {
    if (this.row) {
      this.row.remove();
      this.row = null;
      this.table.search();
    } else {
      this.row = this.table.table.tHead.insertRow();
      this.row.className = "lb-filters";
      this.row.append(...this.table.heads.map((head) => this.box(head)));
      this.row.querySelector("input").focus();
    }
    this.button.setAttribute("aria-expanded", String(this.row !== null));
  }

  box(head) {
    const input = window.labbook.element("input", {
      type: "search", size: 1, title: "cnn, =cnn, <0.01 or >8", // the column stays as wide as it is
      "aria-label": `Filter ${head.textContent.trim() || "column"}`,
    });
    input.addEventListener("input", () => this.table.search());
    const cell = window.labbook.element("td", {}, input);
    cell.hidden = head.hidden;
    return cell;
  }

  /* A test of rows for each box that holds something. */
  tests() {
    const boxes = [...(this.row?.querySelectorAll("input") ?? [])];
    return boxes.flatMap((input, column) => {
      const [, sign, word] = input.value.trim().toLowerCase().match(/^([<>]=?|=?)\s*(.*)$/);
      return word ? [this.table.finds((row) => [row.cells[column]], sign || ":", word)] : [];
    });
  }
};
