/** Tables on the page, which can be copied and saved. */

import { createCopyButton } from "/web/frame/clipboard.js";
import { element, iconButton } from "/web/frame/dom.js";
import { saveFile } from "/web/frame/files.js";

const BYTE_ORDER_MARK = "\ufeff";
/** Spreadsheet programs take a file without it for one in the code page of the system. */

const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^[+-]?[\d.,\s]+%?$/;

/** Return the texts of a table's cells by row. A cell that spans several has its text in the first of them. */
export function readTable(table) {
  const rows = [];
  [...table.rows].forEach((row, at) => {
    for (const cell of row.cells) place((rows[at] ??= []), cell.textContent.trim(), cell, rows, at);
  });
  const width = Math.max(0, ...rows.map((row) => row.length));
  return rows.map((row) => Array.from({ length: width }, (_, column) => row[column] ?? ""));
}

function place(row, text, { rowSpan, colSpan }, rows, at) {
  let column = 0;
  while (row[column] !== undefined) column += 1;
  for (let down = 0; down < rowSpan; down += 1) {
    for (let right = 0; right < colSpan; right += 1) (rows[at + down] ??= [])[column + right] = "";
  }
  row[column] = text;
}

/** Write rows for pasting into a spreadsheet. */
export function writeTabs(rows) {
  return rows.map((row) => row.map((text) => text.replace(/\s+/g, " ")).join("\t")).join("\n");
}

/** Write rows as CSV (RFC 4180). A text that a spreadsheet program would run as a formula gets an apostrophe. */
export function writeCsv(rows) {
  const guard = (text) => (FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text);
  const quote = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return rows.map((row) => `${row.map((text) => quote(guard(text))).join(",")}\r\n`).join("");
}

/** Create the buttons of a table; `others` are added to them. */
export function createTableTools(words, table, { name, others = [] }) {
  const copy = createCopyButton(words, "copy-table", () => writeTabs(readTable(table)));
  const save = iconButton(words, "export", "save-csv", () => {
    const blob = new Blob([BYTE_ORDER_MARK, writeCsv(readTable(table))], { type: "text/csv" });
    saveFile(`${name}.csv`, blob);
  });
  return element("div", { class: "table-tools" }, copy, save, ...others);
}

/** Add its buttons to each table within an element. */
export function addTableTools(words, root) {
  root.querySelectorAll("table").forEach((table, index) => {
    table.after(createTableTools(words, table, { name: `${words.text("table")}-${index + 1}` }));
  });
}
