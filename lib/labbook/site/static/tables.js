/* Tables that can be sorted, searched, narrowed and copied. The rows are in the page already:
   without this script everything is still there to read, and the CSV still downloads. */
"use strict";

(() => {
  const { element, numberFrom, numberIn } = window.labbook;
  const SEARCH_FROM_ROWS = 6;
  const COLUMNS_FROM = 4;

  const number = (cell) => {
    const value = numberIn(cell);
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

  /* Whether a cell holds a word: a number is compared as a number where the cell is one. */
  function holds(cell, word, exactly) {
    const text = cell.textContent.trim().toLowerCase();
    const asked = /^[-−+]?[\d.,]+(e[-+]?\d+)?$/.test(word) ? numberFrom(word) : NaN;
    if (!Number.isNaN(asked)) {
      if (cell.classList.contains("n")) return number(cell) === asked || numberFrom(text) === asked;
      return text.split(/[^\w.+-]+/).some((part) => part !== "" && Number(part) === asked)
        || (word.length > 3 && text.includes(word));
    }
    return exactly ? text === word : text.includes(word);
  }

  /* Whether a cell holds a number below or above a limit. */
  function beyond(cell, sign, limit) {
    const value = isNothing(cell) ? null : number(cell);
    return value !== null && (sign === "<" ? value < parseFloat(limit) : value > parseFloat(limit));
  }

  class Table {
    constructor(figure) {
      this.figure = figure;
      this.table = figure.querySelector("table");
      this.heads = [...this.table.tHead.rows[0].cells];
      this.body = this.table.tBodies[0];
      this.rows = [...this.body.rows];
      this.bar = element("div", { class: "lb-bar" });
      this.heads.forEach((head, column) => head.textContent.trim() && this.makeSortable(head, column));
      if (this.rows.length >= SEARCH_FROM_ROWS) this.addSearch();
      if (!figure.classList.contains("lb-front")) {
        if (this.heads.length >= COLUMNS_FROM) this.addColumns();
        if (this.input && this.heads.length > 1) this.filters = new labbookFilters(this);
        this.addCopy();
        this.folding = new labbookFolding(figure, this.table, this.bar);
      }
      if (this.bar.hasChildNodes()) figure.querySelector(".lb-scroll").before(this.bar);
      this.planned = figure.querySelector(".lb-planned input");
      if (this.input) this.planned?.addEventListener("change", () => this.search());
    }

    makeSortable(head, column) {
      const button = element("button", { type: "button", class: "lb-sort" });
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => this.sort(column));
    }

    /* The first click sorts upwards, the second downwards, the third as it was. */
    sort(column) {
      const head = this.heads[column];
      const next = { ascending: "descending", descending: null }[head.getAttribute("aria-sort")];
      this.heads.forEach((other) => other.removeAttribute("aria-sort"));
      if (next === null) {
        this.body.append(...this.rows);
        return;
      }
      head.setAttribute("aria-sort", next ?? "ascending");
      const direction = next ? -1 : 1;
      const numeric = head.classList.contains("n");
      const order = [...this.rows].sort((a, b) =>
        compare(a.cells[column], b.cells[column], numeric, direction));
      this.body.append(...order);
    }

    addSearch() {
      this.input = element("input", {
        type: "search", class: "lb-search", "aria-label": "Search rows",
        placeholder: "search rows, or column:value",
        title: "Every word must be in the row. A number finds cells of that value; mixer:cnn looks "
          + "in one column, mixer=cnn for exactly that, loss<0.01 for numbers below.",
      });
      this.count = element("span", { class: "lb-count", "aria-live": "polite" });
      this.input.addEventListener("input", () => this.search());
      this.bar.append(this.input, this.count);
      const [, keys] = location.hash.match(/^#keys=([\da-f.]+)$/) ?? [];
      if (keys && this.figure.id === "records") this.showRecords(keys.split("."));
    }

    /* Every word must be in the row, in any order, and every filter must let it pass. */
    search() {
      const wanted = this.input.value.toLowerCase().match(/[^\s:="]+[:=]"[^"]*"?|\S+/g) ?? [];
      const tests = [...wanted.map((word) => this.test(word)), ...(this.filters?.tests() ?? [])];
      this.showRows((row) => tests.every((test) => test(row)), tests.length);
    }

    showRecords(keys) {
      const has = (row) => [...row.querySelectorAll(".lb-record a")]
        .some((link) => keys.some((key) => link.href.includes(`/${key}`)));
      this.showRows(has, true);
    }

    showRows(wanted, told) {
      let shown = 0;
      for (const row of this.rows) {
        row.hidden = !wanted(row);
        shown += this.isSeen(row);
      }
      this.count.textContent = told ? `${shown} of ${this.rows.length} rows` : "";
    }

    /* Rows that are only planned are seen when they are asked for. */
    isSeen(row) {
      return !row.hidden && (this.planned?.checked !== false || !row.classList.contains("p"));
    }

    /* A word looks into what is shown and a number also for its value; "column:word" and
       "column=word" look into the columns whose header begins so, hidden ones as well, and
       "column<1" and "column>1" compare their numbers. */
    test(word) {
      const [, named, sign, rest] = word.match(/^([^:=<>]+)([:=<>])(.+)$/) ?? [];
      const columns = named ? this.columnsCalled(named) : [];
      const finds = (columns.length ? rest : word).replace(/^"|"$/g, "");
      const cells = (row) => columns.length ? columns.map((column) => row.cells[column])
        : [...row.cells].filter((cell) => !cell.hidden);
      return this.finds(cells, columns.length ? sign : ":", finds);
    }

    /* A test of rows: whether any of these cells of theirs holds a word, is it, or is below or above. */
    finds(cells, sign, word) {
      const fits = { "=": (cell) => holds(cell, word, true), ":": (cell) => holds(cell, word, false) }[sign]
        ?? ((cell) => beyond(cell, sign, word));
      return (row) => cells(row).some(fits);
    }

    columnsCalled(named) {
      const label = (head) => head.textContent.trim().toLowerCase().replace(/\s+/g, "_");
      const asked = named.replace(/\s+/g, "_");
      const begin = this.heads.map((_, column) => column)
        .filter((column) => label(this.heads[column]).startsWith(asked));
      const same = begin.filter((column) => label(this.heads[column]).split("_(")[0] === asked);
      return same.length ? same : begin;
    }

    addColumns() {
      const menu = element("details", { class: "lb-columns" });
      menu.append(element("summary", {}, "columns"));
      const list = element("div", { class: "lb-menu" });
      menu.addEventListener("toggle", () => {
        const boxes = list.querySelectorAll("input");
        this.heads.forEach((head, column) => { boxes[column].checked = !head.hidden; });
      });
      this.heads.forEach((head, column) => {
        const label = element("label");
        const box = element("input", { type: "checkbox" });
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
      this.folding.leave(column);
      for (const row of this.table.rows) row.cells[column].hidden = !shown;
    }

    addCopy() {
      const button = element("button", { type: "button", class: "lb-copy" }, "copy");
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
        if (!this.isSeen(row)) continue;
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
        const area = element("textarea");
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
