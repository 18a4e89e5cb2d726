/* Tables that are wider than the page: their cells move closer, and what is still too much is folded
   from the right, where costs stand. The first column says which row it is and the last leads to its
   record: both stay. On a phone nothing is folded: there a table is moved sideways. */
"use strict";

window.labbookFolding = (() => {
  const { element } = window.labbook;
  const WIDE = matchMedia("(min-width: 46em)");

  return class Folding {
    constructor(figure, table, bar) {
      this.box = figure.querySelector(".lb-scroll");
      this.table = table;
      this.heads = [...table.tHead.rows[0].cells];
      this.folded = [];
      this.asked = false;
      this.names = element("span");
      this.button = element("button", { type: "button", class: "lb-copy" });
      this.button.addEventListener("click", () => this.toggle());
      bar.append(element("span", { class: "lb-count lb-folded" }, this.names, this.button));
      const again = new ResizeObserver(() => requestAnimationFrame(() => this.fit()));
      again.observe(this.box);
      again.observe(table);
      addEventListener("beforeprint", () => this.unfold());
      addEventListener("afterprint", () => { this.width = null; this.fit(); });
      this.fit();
    }

    /* Fold what does not fit; what was folded for another width is shown first. */
    fit() {
      const width = this.box.clientWidth;
      if (!width || this.asked) return;
      if (width !== this.width) {
        this.width = width;
        this.table.classList.remove("lb-tight");
        this.unfold();
      }
      if (!WIDE.matches || !this.isCut()) return;
      this.table.classList.add("lb-tight");
      while (this.isCut()) {
        const column = this.next();
        if (column === undefined) break;
        this.folded.unshift(column);
        this.show(column, false);
      }
      this.tell();
    }

    isCut() {
      return this.box.scrollWidth > this.box.clientWidth + 1;
    }

    next() {
      const seen = this.heads.map((_, column) => column).filter((c) => !this.heads[c].hidden);
      return seen.slice(1, -1).reverse().find((c) => !this.heads[c].hasAttribute("aria-sort"));
    }

    unfold() {
      this.folded.forEach((column) => this.show(column, true));
      this.folded = [];
      this.tell();
    }

    show(column, shown) {
      for (const row of this.table.rows) row.cells[column].hidden = !shown;
    }

    /* A reader chooses the columns: those stay as they are. */
    leave(column) {
      this.asked = true;
      this.folded = this.folded.filter((each) => each !== column);
      this.tell();
    }

    toggle() {
      this.asked = this.folded.length > 0;
      if (this.asked) {
        this.unfold();
      } else {
        this.width = null;
        this.fit();
      }
    }

    tell() {
      const names = this.folded.map((column) => this.heads[column].textContent.trim());
      const count = names.length === 1 ? "1 column" : `${names.length} columns`;
      this.names.textContent = names.length ? `${count} folded: ${names.join(", ")} ` : "";
      this.button.textContent = names.length ? "show" : "fold";
      this.button.hidden = !names.length && !this.asked;
    }
  };
})();
