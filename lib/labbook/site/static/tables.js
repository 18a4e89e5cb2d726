/* Tables that can be sorted, searched, narrowed and copied. The rows are in the page already:
   without this script everything is still there to read, and the CSV still downloads. */
"use strict";

(() => {
  const { copyButton, element, numberFrom, numberIn } = window.labbook;
  const SEARCH_FROM_ROWS = 6;
  const COLUMNS_FROM = 4;

  const ORDER = new Intl.Collator("en", { numeric: true });
  const BEYOND = {
    "<": (a, b) => a < b, ">": (a, b) => a > b, "<=": (a, b) => a <= b, ">=": (a, b) => a >= b,
  };

  const words = (cell) => (cell.dataset.v ?? cell.textContent).trim();

  const isNothing = (cell) => cell.classList.contains("x");

  /* The number that a cell shows, rounded, without what stands beside it: ± 0.1 (3), [0.2, 0.4]. */
  const shown = (cell) => numberFrom(cell.textContent.split(/ [±([]/)[0]);

  /* What a row is sorted by. */
  function keyOf(row, column) {
    const cell = row.cells[column];
    return { row, nothing: isNothing(cell), number: numberIn(cell), words: words(cell) };
  }

  /* Numbers as numbers, before words as people order them (2 before 10); nothing always comes last. */
  function compare(a, b, direction) {
    if (a.nothing || b.nothing) return a.nothing - b.nothing;
    const [aIsWord, bIsWord] = [Number.isNaN(a.number), Number.isNaN(b.number)];
    if (aIsWord && bIsWord) return direction * ORDER.compare(a.words, b.words);
    return direction * (aIsWord || bIsWord ? aIsWord - bIsWord : a.number - b.number);
  }

  /* Whether a cell holds a word: a number is compared as a number where the cell is one. */
  function holds(cell, word, exactly) {
    const text = cell.textContent.trim().toLowerCase();
    const asked = numberFrom(word);
    if (Number.isNaN(asked)) return exactly ? text === word : text.includes(word);
    if (cell.classList.contains("n")) return numberIn(cell) === asked || shown(cell) === asked;
    if (exactly) return text === word || numberFrom(text) === asked;
    return text.split(/[^\w.,+−-]+|,(?!\d)/).some((part) => numberFrom(part) === asked)
      || (word.length > 3 && text.includes(word));
  }

  /* A cell as a spreadsheet takes it, and nothing that it would take for a formula. */
  function pasted(cell) {
    if (isNothing(cell)) return "";
    if (!Number.isNaN(numberIn(cell))) return words(cell).replace(/,/g, "").replace("−", "-");
    return words(cell).replace(/\s+/g, " ").replace(/^[=+@-]/, "'$&");
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
      const keys = this.rows.map((row) => keyOf(row, column));
      keys.sort((a, b) => compare(a, b, direction));
      this.body.append(...keys.map(({ row }) => row));
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
       "column<1", "column>1", "column<=1" and "column>=1" compare their numbers. */
    test(word) {
      const [, named, sign, rest] = word.match(/^([^:=<>]+)([<>]=?|[:=])(.+)$/) ?? [];
      const columns = named ? this.columnsCalled(named) : [];
      const finds = (columns.length ? rest : word).replace(/^"|"$/g, "");
      const cells = (row) => columns.length ? columns.map((column) => row.cells[column])
        : [...row.cells].filter((cell) => !cell.hidden);
      return this.finds(cells, columns.length ? sign : ":", finds);
    }

    /* A test of rows: whether any of these cells of theirs holds a word, is it, or is below or above. */
    finds(cells, sign, word) {
      const limit = numberFrom(word);
      const fits = sign in BEYOND ? (cell) => BEYOND[sign](numberIn(cell), limit)
        : (cell) => holds(cell, word, sign === "=");
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
        if (event.key !== "Escape") return;
        menu.open = false;
        menu.firstElementChild.focus();
      });
      this.bar.append(menu);
    }

    showColumn(column, shown) {
      this.folding.leave(column);
      for (const row of this.table.rows) row.cells[column].hidden = !shown;
    }

    addCopy() {
      const foot = this.figure.querySelector(".lb-foot");
      const button = copyButton("lb-copy", "copy", () => this.text());
      foot.insertBefore(button, foot.querySelector(".lb-csv"));
    }

    /* What is shown, in its order, as a spreadsheet takes it. */
    text() {
      const visible = this.heads.map((head, column) => column)
        .filter((column) => !this.heads[column].hidden);
      const lines = [visible.map((column) => pasted(this.heads[column]))];
      for (const row of this.body.rows) {
        if (!this.isSeen(row)) continue;
        lines.push(visible.map((column) => pasted(row.cells[column])));
      }
      return lines.map((line) => line.join("\t")).join("\n");
    }
  }

  document.querySelectorAll("figure.lb-table").forEach((figure) => new Table(figure));
})();
