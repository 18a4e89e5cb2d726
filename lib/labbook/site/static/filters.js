/* A box below each header of a table, which lets rows pass: "cnn" in the column, "=cnn" for exactly
   that, "<0.01" and ">8" for numbers below and above. */
"use strict";

window.labbookFilters = class {
  constructor(table) {
    this.table = table;
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "lb-copy";
    this.button.textContent = "filter";
    this.button.setAttribute("aria-expanded", "false");
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
    const cell = document.createElement("td");
    const input = document.createElement("input");
    input.type = "search";
    input.size = 1; // the column stays as wide as it is
    input.setAttribute("aria-label", `Filter ${head.textContent.trim() || "column"}`);
    input.title = "cnn, =cnn, <0.01 or >8";
    input.addEventListener("input", () => this.table.search());
    cell.hidden = head.hidden;
    cell.append(input);
    return cell;
  }

  /* A test of rows for each box that holds something. */
  tests() {
    const boxes = [...(this.row?.querySelectorAll("input") ?? [])];
    return boxes.flatMap((input, column) => {
      const [, sign, word] = input.value.trim().toLowerCase().match(/^([=<>]?)\s*(.*)$/);
      return word ? [this.table.finds((row) => [row.cells[column]], sign || ":", word)] : [];
    });
  }
};
