/* Tables that can be sorted, searched, narrowed and copied. The rows are in the page already:
   without this script everything is still there to read, and the CSV still downloads. */
"use strict";

(() => {
  const SEARCH_FROM_ROWS = 6;
  const COLUMNS_FROM = 4;

  const number = (cell) => {
    const text = cell.dataset.v ?? cell.textContent.replace(/,/g, "").replace("−", "-");
    const value = parseFloat(text);
    return Number.isNaN(value) ? null : value;
  };

  const words = (cell) => (cell.dataset.v ?? cell.textContent).trim();

  const isNothing = (cell) => cell.classList.contains("x");

  /* Numbers as numbers, words as people order them (2 before 10); nothing always comes last. */
  function compare(a, b, numeric, direction) {
    if (isNothing(a) || isNothing(b)) return isNothing(a) - isNothing(b);
    if (numeric) {
      const [x, y] = [number(a), number(b)];
      if (x === null || y === null) return (x === null) - (y === null);
      return direction * (x - y);
    }
    return direction * words(a).localeCompare(words(b), "en", { numeric: true });
  }

  const make = (tag, attributes = {}, text = "") => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.textContent = text;
    return element;
  };

  class Table {
    constructor(figure) {
      this.figure = figure;
      this.table = figure.querySelector("table");
      this.heads = [...this.table.tHead.rows[0].cells];
      this.body = this.table.tBodies[0];
      this.rows = [...this.body.rows];
      this.bar = make("div", { class: "lb-bar" });
      this.heads.forEach((head, column) => head.textContent.trim() && this.makeSortable(head, column));
      if (this.rows.length >= SEARCH_FROM_ROWS) this.addSearch();
      if (!figure.classList.contains("lb-front")) {
        if (this.heads.length >= COLUMNS_FROM) this.addColumns();
        this.addCopy();
      }
      if (this.bar.hasChildNodes()) figure.querySelector(".lb-scroll").before(this.bar);
    }

    makeSortable(head, column) {
      const button = make("button", { type: "button", class: "lb-sort" });
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => this.sort(column));
    }

    sort(column) {
      const head = this.heads[column];
      const direction = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      this.heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
      const numeric = head.classList.contains("n");
      const order = [...this.rows].sort((a, b) =>
        compare(a.cells[column], b.cells[column], numeric, direction));
      this.body.append(...order);
    }

    addSearch() {
      const input = make("input", {
        type: "search", class: "lb-search", placeholder: "search rows", "aria-label": "Search rows",
      });
      this.count = make("span", { class: "lb-count", "aria-live": "polite" });
      input.addEventListener("input", () => this.search(input.value));
      this.bar.append(input, this.count);
    }

    /* Every word must be in the row, in any order; hidden columns don't count. */
    search(text) {
      const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of this.rows) {
        const has = [...row.cells].filter((cell) => !cell.hidden)
          .map((cell) => cell.textContent).join(" ").toLowerCase();
        row.hidden = !wanted.every((word) => has.includes(word));
        shown += !row.hidden;
      }
      this.count.textContent = wanted.length ? `${shown} of ${this.rows.length} rows` : "";
    }

    addColumns() {
      const menu = make("details", { class: "lb-columns" });
      menu.append(make("summary", {}, "columns"));
      const list = make("div", { class: "lb-menu" });
      this.heads.forEach((head, column) => {
        const label = make("label");
        const box = make("input", { type: "checkbox" });
        box.checked = !head.hidden;
        box.addEventListener("change", () => this.showColumn(column, box.checked));
        label.append(box, " " + head.textContent.trim());
        list.append(label);
      });
      menu.append(list);
      document.addEventListener("click", (event) => {
        if (!menu.contains(event.target)) menu.open = false;
      });
      menu.addEventListener("keydown", (event) => {
        if (event.key === "Escape") menu.open = false;
      });
      this.bar.append(menu);
    }

    showColumn(column, shown) {
      for (const cell of [this.heads[column], ...this.rows.map((row) => row.cells[column])]) {
        cell.hidden = !shown;
      }
    }

    addCopy() {
      const button = make("button", { type: "button", class: "lb-copy" }, "copy");
      button.addEventListener("click", async () => {
        button.textContent = (await this.copy()) ? "copied" : "not allowed";
        setTimeout(() => { button.textContent = "copy"; }, 1500);
      });
      const files = this.figure.querySelector(".lb-foot .lb-csv");
      this.figure.querySelector(".lb-foot").insertBefore(button, files);
    }

    /* What is shown, in its order, as a spreadsheet takes it. */
    text() {
      const visible = this.heads.map((head, column) => column)
        .filter((column) => !this.heads[column].hidden);
      const lines = [visible.map((column) => words(this.heads[column]))];
      for (const row of this.body.rows) {
        if (row.hidden) continue;
        lines.push(visible.map((column) => {
          const cell = row.cells[column];
          return isNothing(cell) ? "" : words(cell).replace("−", "-").replace(/\s+/g, " ");
        }));
      }
      return lines.map((line) => line.join("\t")).join("\n");
    }

    async copy() {
      const text = this.text();
      try {
        await navigator.clipboard.writeText(text);
        return true;
      } catch {
        /* From a disk some browsers have no clipboard for scripts; the old way still works. */
        const area = make("textarea");
        area.value = text;
        document.body.append(area);
        area.select();
        const done = document.execCommand("copy");
        area.remove();
        return done;
      }
    }
  }

  document.querySelectorAll("figure.lb-table").forEach((figure) => new Table(figure));
})();
