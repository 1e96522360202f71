/** A page of a document: drawn where it has a look of its own, else its rows or its text. The cited part is marked. */

import { element } from "/web/frame/dom.js";

const DRAWN = ["pdf", "picture"];
/** The kinds of documents whose pages the server draws. */

const WIDTH = 1400;
/** Of a drawn page, in pixels: enough to read small print. */

export class PageView {
  constructor(root) {
    this.root = root;
    this.url = null;
  }

  /** Load a page. `citation` is one of this page, or null. Throws `RequestError`. */
  static async load(api, words, { id, kind, name }, number, citation) {
    const path = `/documents/${id}/pages/${number}`;
    const isDrawn = DRAWN.includes(kind);
    const [page, image] = await Promise.all([api.json(path), isDrawn ? loadImage(api, path) : null]);
    const range = citation && citation.end > citation.start ? citation : null;
    if (image) return PageView.ofImage(words, image, page, range, words.text("page-alt", { name, page: number }));
    return new PageView(page.rows?.length ? createRows(page, range ?? citation) : createText(page.text, range));
  }

  static ofImage(words, url, page, range, alt) {
    const image = element("img", { src: url, alt });
    const lines = range ? (page.lines ?? []).filter(({ start, end }) => start < range.end && end > range.start) : [];
    const view = new PageView(element("div", { class: "drawn-page" }, image, ...lines.map(createBox)));
    view.url = url;
    view.loaded = image.decode().catch(() => null);
    return view;
  }

  /** Show what is marked, once it has its place. */
  async scrollToMark() {
    await this.loaded;
    this.root.querySelector(".cited")?.scrollIntoView({ block: "center" });
  }

  close() {
    if (this.url) URL.revokeObjectURL(this.url);
  }
}

async function loadImage(api, path) {
  return URL.createObjectURL(await (await api.send(`${path}/image?width=${WIDTH}`)).blob());
}

/** Create the box over a line. Its sides are shares of the page. */
function createBox({ left, top, right, bottom }) {
  const box = element("div", { class: "cited box" });
  const sides = { left, top, width: right - left, height: bottom - top };
  for (const [side, share] of Object.entries(sides)) box.style[side] = `${100 * share}%`;
  return box;
}

/** Create the text of a page with the cited part of it marked. Offsets count characters, not units of UTF-16. */
function createText(text, range) {
  const signs = [...text];
  const part = (start, end) => signs.slice(start, end).join("");
  const { start, end } = range ?? { start: signs.length, end: signs.length };
  const mark = range ? element("mark", { class: "cited" }, part(start, end)) : null;
  return element("div", { class: "text-page", dir: "auto" }, part(0, start), ...(mark ? [mark] : []), part(end));
}

/** Create the rows of a part of a sheet, with their numbers in the sheet. */
function createRows({ text, rows, sheet, tables = [] }, cited) {
  const signs = [...text];
  const cells = readCells(tables);
  const numAbove = Math.max(0, cells.length - rows.length); // a part that is not the first has the header above its rows
  const above = cells.slice(0, numAbove).map((texts) => createRow("", texts));
  const below = rows.map((row, index) => {
    const texts = cells[numAbove + index] ?? signs.slice(row.start, row.end).join("").trimEnd().split("\t");
    return createRow(String(row.number), texts, cited !== null && isCited(row, cited));
  });
  const caption = sheet ? element("caption", { dir: "auto" }, sheet) : null;
  return element("table", { class: "rows-page" }, caption, element("tbody", {}, ...above, ...below));
}

/** Tell whether a row is cited: by its characters, or where what is cited has none, as facts have, by its number. */
function isCited({ number, start, end }, cited) {
  if (cited.end > cited.start) return start < cited.end && end > cited.start;
  const [first, last = first] = [cited.rows ?? []].flat();
  return number >= first && number <= last;
}

function createRow(number, texts, isMarked = false) {
  const marked = isMarked ? { class: "cited", "aria-current": "true" } : {};
  const head = number ? element("th", { scope: "row" }, number) : element("td");
  return element("tr", marked, head, ...texts.map((text) => element("td", { dir: "auto" }, text)));
}

/** Return the texts of the cells of the only table of a page, row by row; nothing where a page has several, or none. */
function readCells(tables) {
  const rows = [];
  for (const { row, column, text } of tables.length === 1 ? tables[0].cells : []) (rows[row] ??= [])[column] = text;
  return Array.from(rows, (row) => Array.from(row ?? [], (text) => text ?? ""));
}
