// Tables that are filled in on a page: rows come and go, rows copied in Excel are pasted, rare columns unfold.
"use strict";

(() => {
  const form = document.querySelector("[data-sheets]");
  if (!form) return;
  let changed = false;

  function rowsOf(sheet) {
    return sheet.querySelector("[data-rows]");
  }

  function cellsOf(row) {
    return [...row.querySelectorAll(".sheet-cell")].filter((cell) => cell.offsetParent !== null);
  }

  function isFilled(row) {
    return [...row.querySelectorAll(".sheet-cell")].some((cell) => cell.value.trim() !== "");
  }

  function recount(sheet) {
    const rows = [...rowsOf(sheet).children];
    rows.forEach((row, position) => (row.querySelector("[data-number]").textContent = position + 1));
    const count = document.querySelector(`[data-count-of="${sheet.dataset.sheet}"]`);
    count.textContent = rows.filter(isFilled).length;
  }

  // A new row takes a number that none has had, so that no two share one while the page is filled in.
  function addRow(sheet) {
    if (rowsOf(sheet).children.length >= Number(sheet.dataset.most)) return null;
    const total = sheet.querySelector("[name$=-TOTAL_FORMS]");
    const holder = document.createElement("tbody");
    holder.innerHTML = sheet.querySelector("template[data-row]").innerHTML.replaceAll("__prefix__", total.value);
    const row = holder.firstElementChild;
    rowsOf(sheet).append(row);
    total.value = Number(total.value) + 1;
    recount(sheet);
    return row;
  }

  // As the program compares words: neither case nor white space nor the star of a required column takes part.
  function plain(text) {
    return text.toLowerCase().replace(/[\s*]/g, "");
  }

  function isOneOf(text, words) {
    return words.split("|").map(plain).includes(plain(text));
  }

  function choose(cell, text) {
    const option = [...cell.options].find((o) => plain(o.value) === plain(text) || isOneOf(text, o.dataset.words || ""));
    cell.value = option ? option.value : "";
    cell.classList.toggle("sheet-unmatched", !option);
    cell.title = option ? "" : text;
  }

  // Quotes around a cell and doubled quotes in it are how spreadsheet programs copy cells with line breaks.
  function split(text) {
    const rows = [[]];
    for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^\t\r\n]*))(\t|\r\n|\n|\r|$)/g)) {
      rows.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
      if (end === "") break;
      if (end !== "\t") rows.push([]);
    }
    if (rows.at(-1).every((cell) => cell === "")) rows.pop();
    return rows;
  }

  function paste(event) {
    const cell = event.target.closest(".sheet-cell");
    const text = event.clipboardData && event.clipboardData.getData("text/plain");
    if (!cell || !text || !/[\t\r\n]/.test(text.replace(/\r?\n$/, ""))) return;
    event.preventDefault();
    const sheet = cell.closest("[data-sheet]");
    const from = cellsOf(cell.closest("tr")).indexOf(cell);
    let row = cell.closest("tr");
    const titles = [...sheet.querySelectorAll("th[data-words]")].map((title) => title.dataset.words).join("|");
    for (const values of split(text)) {
      if (!row) break;
      if (values.every((value) => isOneOf(value, titles))) continue; // headings came along
      const cells = cellsOf(row).slice(from);
      values.slice(0, cells.length).forEach((value, position) => {
        if (cells[position].tagName === "SELECT") choose(cells[position], value);
        else cells[position].value = value.trim();
      });
      row = row.nextElementSibling || addRow(sheet);
    }
    changed = true;
    recount(sheet);
  }

  function click(event) {
    const sheet = event.target.closest("[data-sheet]");
    if (!sheet) return;
    if (event.target.closest("[data-add]")) {
      const row = addRow(sheet);
      if (row) cellsOf(row)[0].focus();
    } else if (event.target.closest("[data-remove]")) {
      event.target.closest("tr").remove();
      changed = true;
      if (!rowsOf(sheet).children.length) addRow(sheet);
      recount(sheet);
    } else if (event.target.closest("[data-details]")) {
      const unfolded = sheet.classList.toggle("sheet-unfolded");
      event.target.closest("[data-details]").setAttribute("aria-expanded", String(unfolded));
    }
  }

  // Enter leads to the cell below, as in a spreadsheet, and makes a row where there is none.
  function enter(event) {
    const cell = event.target.closest("input.sheet-cell, select.sheet-cell");
    if (event.key !== "Enter" || !cell) return;
    event.preventDefault();
    const row = cell.closest("tr");
    const below = row.nextElementSibling || addRow(cell.closest("[data-sheet]"));
    if (below) cellsOf(below)[cellsOf(row).indexOf(cell)].focus();
  }

  // Sent in the order in which the rows stand, without the gaps of removed ones.
  function renumber(sheet) {
    const rows = [...rowsOf(sheet).children];
    rows.forEach((row, position) =>
      row.querySelectorAll(".sheet-cell").forEach((cell) => (cell.name = cell.name.replace(/-\d+-/, `-${position}-`))),
    );
    sheet.querySelector("[name$=-TOTAL_FORMS]").value = rows.length;
  }

  form.addEventListener("click", click);
  form.addEventListener("paste", paste);
  form.addEventListener("keydown", enter);
  form.addEventListener("input", (event) => {
    changed = true;
    event.target.classList.remove("sheet-unmatched");
    const sheet = event.target.closest("[data-sheet]");
    if (sheet) recount(sheet);
  });
  form.addEventListener("submit", () => {
    changed = false;
    document.querySelectorAll("[data-sheet]").forEach(renumber);
    // Empty cells need not travel: the limit on fields of a request is for filled ones.
    form.querySelectorAll("td .sheet-cell").forEach((cell) => (cell.disabled = cell.value === ""));
  });
  window.addEventListener("pageshow", () => form.querySelectorAll(".sheet-cell").forEach((cell) => (cell.disabled = false)));
  window.addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
  document.querySelectorAll("[data-sheet]").forEach((sheet) => {
    recount(sheet);
    const tab = document.querySelector(`.sheet-tabs a[href="#${sheet.dataset.sheet}"]`);
    tab.classList.toggle("sheet-is-wrong", sheet.querySelector(".sheet-wrong") !== null);
  });
})();
