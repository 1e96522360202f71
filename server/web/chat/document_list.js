/** The panel with all documents of the dialogue. */

import { openForm, openPanel } from "/web/frame/dialogs.js";
import { element, iconButton } from "/web/frame/dom.js";
import { showTables } from "./document_tables.js";
import { saveOriginal } from "./originals.js";
import { openViewer } from "./viewer.js";

/** Show the list until it is closed; it follows what is read meanwhile. */
export async function showDocuments(page, documents) {
  const list = new DocumentList(page, documents);
  const stop = documents.onChange(() => list.show());
  await openPanel(page.words, { title: "documents", children: [list.notice, list.empty, list.root], isWide: true });
  stop();
}

class DocumentList {
  constructor(page, documents) {
    Object.assign(this, { page, documents, rows: new Map() });
    this.root = element("ul", { class: "document-list" });
    this.notice = element("p", { class: "error", role: "alert", hidden: true });
    this.empty = page.words.setText(element("p", { class: "hint" }), "no-documents");
    this.show();
  }

  show() {
    const entries = this.documents.shown;
    for (const [entry, row] of this.rows) if (!entries.includes(entry)) this.drop(entry, row);
    for (const entry of entries) {
      if (!this.rows.has(entry)) this.add(entry);
      this.rows.get(entry).show();
    }
    this.empty.hidden = entries.length > 0;
  }

  add(entry) {
    const row = new DocumentRow(this.page.words, entry, (action) => this.run(action, entry));
    this.rows.set(entry, row);
    this.root.append(row.root);
  }

  drop(entry, row) {
    const hadFocus = row.root.contains(document.activeElement);
    row.root.remove();
    this.rows.delete(entry);
    if (hadFocus) this.root.closest("dialog")?.querySelector("button")?.focus();
  }

  /** Carry out an action, and say why it failed. */
  async run(action, entry) {
    this.notice.hidden = true;
    try {
      await this[action](entry);
    } catch (error) {
      this.notice.hidden = false;
      this.notice.textContent = error.message;
    }
  }

  view(entry) {
    return openViewer(this.page, entry);
  }

  tables(entry) {
    return showTables(this.page, entry);
  }

  save(entry) {
    return saveOriginal(this.page.api, entry);
  }

  async remove(entry) {
    const { words } = this.page;
    const why = words.setText(element("p", { dir: "auto" }), "document-remove-why", { name: entry.name });
    const form = { title: "document-remove-title", fields: [why], submit: "remove", isDanger: true, read: () => true };
    if (entry.id === null || (await openForm(words, form))) await this.documents.remove(entry);
  }
}

class DocumentRow {
  /** `run(action)` carries out "view", "tables", "save" or "remove". */
  constructor(words, entry, run) {
    Object.assign(this, { words, entry });
    const button = (name, key, action) => iconButton(words, name, key, () => run(action));
    this.name = element("button", { type: "button", class: "link-name", dir: "auto", on: { click: () => run("view") } });
    this.status = element("span", { class: "hint" });
    this.remarks = element("ul", { class: "remarks" });
    this.stored = [button("table", "document-tables", "tables"), button("export", "document-save", "save")];
    this.remove = button("remove", "document-remove", "remove");
    const text = element("div", { class: "document-text" }, this.name, this.status, this.remarks);
    this.root = element("li", {}, text, element("div", { class: "document-buttons" }, ...this.stored, this.remove));
  }

  show() {
    const { words, entry } = this;
    const { name, warnings, error } = entry;
    this.name.textContent = name;
    this.name.disabled = !entry.isOpen;
    words.setText(this.status, ...entry.status);
    const remark = (className) => (text) => element("li", { class: className, dir: "auto" }, text);
    this.remarks.replaceChildren(...[error].filter(Boolean).map(remark("is-error")), ...warnings.map(remark("is-warning")));
    this.remarks.hidden = !this.remarks.childElementCount;
    for (const button of [...this.stored, this.remove]) words.setLabel(button, button.dataset.label, { name });
    this.stored[0].hidden = !entry.isOpen;
    this.stored[1].hidden = entry.id === null;
  }
}
