/** A table with a heading, which is drawn again only when its rows have changed. */

import { element } from "/web/frame/dom.js";

export class Table {
  /** `columns` are functions from a row to a text or an element, by the keys of their heads. */
  constructor(words, { title, hint, empty, columns }) {
    Object.assign(this, { words, empty, columns });
    const heading = words.setText(element("h2", { id: `${title}-title` }), title);
    this.named = { "aria-labelledby": heading.id };
    this.content = element("div", { class: "table-content", role: "group", ...this.named });
    const about = hint ? words.setText(element("p", { class: "hint" }), hint) : null;
    this.root = element("section", { class: "panel", id: title }, heading, about, this.content);
  }

  show(rows, empty = this.empty) {
    this.draw(rows, empty);
    // so that the keyboard can scroll it
    if (this.content.scrollHeight > this.content.clientHeight) this.content.tabIndex = 0;
    else this.content.removeAttribute("tabindex");
  }

  draw(rows, empty) {
    const shown = JSON.stringify([rows, empty, this.words.language]);
    if (shown === this.shown) return;
    this.shown = shown;
    this.content.replaceChildren(rows.length ? this.createTable(rows) : this.words.setText(element("p", { class: "hint" }), empty));
  }

  /** Explicit roles keep this a table where a narrow window lays the cells out as a list. */
  createTable(rows) {
    const { words } = this;
    const names = Object.keys(this.columns);
    const heads = names.map((name) => words.setText(element("th", { scope: "col", role: "columnheader" }), name));
    const lines = rows.map((row) => {
      const cells = names.map((name) => element("td", { role: "cell", "data-name": words.text(name) }, this.columns[name](row)));
      return element("tr", { role: "row" }, ...cells);
    });
    const head = element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...heads));
    const body = element("tbody", { role: "rowgroup" }, ...lines);
    return element("table", { role: "table", ...this.named }, head, body);
  }
}
