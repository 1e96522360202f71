/** The panel with the tables of a document: each can be copied, saved, and drawn as a chart. */

import { openPanel } from "/web/frame/dialogs.js";
import { element, iconButton } from "/web/frame/dom.js";
import { createTableTools } from "./tables.js";

const KINDS = ["bar", "line", "pie"];

/** Show the tables of a document until the panel is closed. */
export async function showTables(page, { id, name }) {
  const list = new TableList(page, { id, name });
  const children = [list.form, list.status, list.root];
  await openPanel(page.words, { title: "tables-title", values: { name }, children, isWide: true, begin: () => list.load() });
  list.controller.abort();
}

class TableList {
  constructor({ words, api }, { id, name }) {
    Object.assign(this, { words, api, id, name, controller: new AbortController() });
    this.status = element("p", { class: "hint", role: "status" });
    this.root = element("div", { class: "document-tables" });
    this.pages = element("input", { id: "table-pages", size: 12, autocomplete: "off", "data-placeholder": "tables-pages-hint" });
    const label = words.setText(element("label", { for: this.pages.id }), "tables-pages");
    const find = words.setText(element("button", { type: "submit", class: "button" }), "tables-find");
    this.form = element("form", { class: "tables-form" }, label, this.pages, find);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.load();
    });
    words.translate(this.form);
  }

  /** Show the tables of the pages that are named, and forget those before. */
  async load() {
    const { words } = this;
    this.controller.abort();
    const { signal } = (this.controller = new AbortController());
    words.setText(this.status, "tables-wait");
    this.root.replaceChildren();
    try {
      const body = { document: this.id, pages: this.pages.value.trim() || undefined };
      const { tables, truncated } = await (await this.api.change("POST", "/tables", body, { signal })).json();
      this.show(tables, truncated);
    } catch (error) {
      if (!signal.aborted) this.showError(error);
    }
  }

  show(tables, isCut) {
    const key = isCut ? "tables-cut" : tables.length ? "tables-found" : "tables-none";
    this.words.setText(this.status, key, { count: tables.length });
    const { name } = this;
    this.root.append(...tables.map((table, index) => new TableView(this, table, { name, number: index + 1 }).root));
  }

  showError({ message }) {
    delete this.status.dataset.text;
    this.status.textContent = message;
  }
}

class TableView {
  constructor({ words, api }, table, { name, number }) {
    Object.assign(this, { words, api, table });
    const shown = createTable(table);
    const title = words.setText(element("h3"), ...describe(table, number));
    const tools = createTableTools(words, shown, { name: `${name}-${number}`, others: this.createChartTools(number) });
    const wide = element("div", { class: "wide-table", tabindex: 0, role: "region", dir: "auto" }, shown);
    words.setLabel(wide, "table-number", { number });
    this.notice = element("p", { class: "error", role: "alert", hidden: true });
    this.chart = element("div", { class: "chart" });
    const cut = table.truncated ? words.setText(element("p", { class: "hint" }), "table-cut") : null;
    this.root = element("section", { class: "document-table" }, title, wide, cut, tools, this.notice, this.chart);
  }

  createChartTools(number) {
    const { words } = this;
    const options = KINDS.map((kind) => words.setText(element("option", { value: kind }), `chart-${kind}`));
    this.kind = element("select", {}, ...options);
    words.setLabel(this.kind, "chart-kind", { number });
    this.kind.addEventListener("change", () => this.chart.childElementCount && this.plot());
    return hasNumbers(this.table) ? [this.kind, iconButton(words, "chart", "chart-draw", () => this.plot())] : [];
  }

  /** Draw the chart in place. */
  async plot() {
    const kind = this.kind.value;
    this.notice.hidden = true;
    this.chart.setAttribute("aria-busy", "true");
    try {
      const response = await this.api.change("POST", `/tables/${this.table.id}/plot`, { kind, format: "svg" });
      this.show(kind, await response.blob());
    } catch (error) {
      this.notice.hidden = false;
      this.notice.textContent = error.message;
    }
    this.chart.setAttribute("aria-busy", "false");
  }

  show(kind, blob) {
    const url = URL.createObjectURL(blob);
    const image = element("img", { src: url, alt: this.words.text(`chart-${kind}`) });
    image.addEventListener("load", () => {
      URL.revokeObjectURL(url);
      image.scrollIntoView({ block: "nearest" });
    });
    this.chart.replaceChildren(image);
  }
}

function describe({ pages = [], sheet }, number) {
  if (sheet) return ["table-in", { number, sheet }];
  return pages.length ? ["table-on", { number, pages: pages.join(", ") }] : ["table-number", { number }];
}

function hasNumbers({ cells }) {
  return cells.some(({ text, is_header: isHeader }) => !isHeader && /\d/.test(text));
}

/** Create a table of its cells, with their spans. */
function createTable({ cells }) {
  const rows = new Map();
  for (const cell of cells) {
    if (!rows.has(cell.row)) rows.set(cell.row, element("tr"));
    rows.get(cell.row).append(createCell(cell));
  }
  const inOrder = [...rows].sort(([one], [other]) => one - other).map(([, row]) => row);
  return element("table", {}, element("tbody", {}, ...inOrder));
}

function createCell({ text, num_rows: rowspan = 1, num_columns: colspan = 1, is_header: isHeader = false }) {
  const spans = { rowspan: rowspan > 1 ? rowspan : null, colspan: colspan > 1 ? colspan : null };
  return element(isHeader ? "th" : "td", { ...spans, dir: "auto" }, text);
}
