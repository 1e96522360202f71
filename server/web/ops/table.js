/** A table with a heading that is drawn anew when what it shows has changed, and then only. */

import { element } from "/web/frame/dom.js";

export class Table {
  /** `columns` are, by the words of their heads, functions from a row to a text or an element. */
  constructor(words, { title, hint, empty, columns }) {
    Object.assign(this, { words, empty, columns });
    const heading = words.say(element("h2", { id: `${title}-title` }), title);
    this.named = { "aria-labelledby": heading.id };
    this.content = element("div", { class: "table-content", role: "group", ...this.named });
    const about = hint ? words.say(element("p", { class: "hint" }), hint) : null;
    this.root = element("section", { class: "panel", id: title }, heading, about, this.content);
  }

  show(rows, empty = this.empty) {
    this.draw(rows, empty);
    // what scrolls is reached by keyboard too
    if (this.content.scrollHeight > this.content.clientHeight) this.content.tabIndex = 0;
    else this.content.removeAttribute("tabindex");
  }

  draw(rows, empty) {
    const told = JSON.stringify([rows, empty, this.words.language]);
    if (told === this.told) return;
    this.told = told;
    this.content.replaceChildren(rows.length ? this.table(rows) : this.words.say(element("p", { class: "hint" }), empty));
  }

  /** The roles stay where a narrow window lays the cells out as a list. */
  table(rows) {
    const { words } = this;
    const names = Object.keys(this.columns);
    const heads = names.map((name) => words.say(element("th", { scope: "col", role: "columnheader" }), name));
    const lines = rows.map((row) => {
      const cells = names.map((name) => element("td", { role: "cell", "data-name": words.text(name) }, this.columns[name](row)));
      return element("tr", { role: "row" }, ...cells);
    });
    const head = element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...heads));
    const body = element("tbody", { role: "rowgroup" }, ...lines);
    return element("table", { role: "table", ...this.named }, head, body);
  }
}
