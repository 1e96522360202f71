/** The view of a collection's documents: sending them by button or by dropping, and their list. */

import { openForm } from "/web/frame/dialogs.js";
import { element, icon } from "/web/frame/dom.js";
import { ACCEPTED_DOCUMENTS, pickFiles, saveFile } from "/web/frame/files.js";
import { DocumentRow } from "./document_row.js";
import { Documents } from "./documents.js";
import { Waiting } from "./waiting.js";

const ROLES = ["auto", "document", "faq", "products"];
const ACCEPTED = `${ACCEPTED_DOCUMENTS},.toml,image/*`;

export class DocumentsPanel {
  constructor(page, { changed }) {
    Object.assign(this, { page, words: page.words, rows: new Map() });
    this.waiting = new Waiting(page);
    this.documents = new Documents(page, { show: () => this.show(), changed });
    const { words } = this;
    this.role = element("select", { id: "role" }, ...ROLES.map((role) => words.setText(element("option", { value: role }), `role-${role}`)));
    const label = words.setText(element("label", { for: "role" }), "role-label");
    const pick = element("button", { type: "button", class: "button primary", id: "pick", on: { click: () => this.pick() } },
      icon("attach"), words.setText(element("span"), "upload"));
    const drop = words.setText(element("p", { class: "hint" }), "drop-hint");
    this.place = element("div", { class: "drop-place" }, pick, element("div", { class: "choice" }, label, this.role), drop);
    this.list = element("ul", { class: "document-list" });
    this.empty = words.setText(element("p", { class: "hint", hidden: true }), "no-documents-yet");
    this.more = words.setText(element("button", { type: "button", class: "button", hidden: true, on: { click: () => this.loadMore() } }), "more");
    this.news = element("p", { class: "unseen", role: "status" });
    this.root = element("div", { class: "view" }, this.place, this.waiting.root, this.empty, this.list, this.more, this.news);
    this.listenForDrops();
  }

  turnTo(name) {
    this.isLoaded = false;
    this.waiting.clear();
    this.documents.turnTo(name);
  }

  load() {
    return this.waiting.run(() => this.documents.load(), (found) => {
      this.isLoaded = true;
      this.documents.takeAll(found);
    });
  }

  loadMore() {
    const before = this.documents.stored;
    return this.waiting.run(() => this.documents.loadMore(), (found) => this.documents.takeAll(found, before));
  }

  show() {
    const entries = this.documents.shown;
    this.tellNews(entries);
    for (const [key, row] of this.rows) if (!entries.some((entry) => keyOf(entry) === key)) this.drop(key, row);
    entries.forEach((entry, index) => this.arrange(entry, index));
    this.empty.hidden = entries.length > 0 || !this.isLoaded;
    this.more.hidden = this.documents.cursor === null;
  }

  /** Show an entry at its place, without touching a row that is there: that would cost it the focus. */
  arrange(entry, index) {
    const key = keyOf(entry);
    const row = this.rows.get(key) ?? new DocumentRow(this.words, entry, (action) => this.run(action, row.entry));
    this.rows.set(key, row);
    row.entry = entry;
    row.show();
    if (this.list.children[index] !== row.root) this.list.insertBefore(row.root, this.list.children[index] ?? null);
  }

  drop(key, row) {
    const hadFocus = row.root.contains(document.activeElement);
    row.root.remove();
    this.rows.delete(key);
    if (hadFocus) this.place.querySelector("button").focus();
  }

  /** Tell screen readers when a document is read, or is not. */
  tellNews(entries) {
    for (const entry of entries) {
      const before = this.rows.get(keyOf(entry))?.root.dataset.state;
      if (before !== undefined && before !== entry.state && !entry.isMoving) {
        this.news.textContent = this.words.text("document-news", { name: entry.name, status: this.words.text(...entry.status) });
      }
    }
  }

  /** Carry out an action, and say why it failed. */
  async run(action, entry) {
    this.waiting.clear();
    try {
      await this[action](entry);
    } catch (error) {
      this.waiting.fail(error);
    }
  }

  retry(entry) {
    this.documents.retry(entry);
  }

  unlock(entry) {
    this.documents.unlock(entry);
  }

  async save(entry) {
    saveFile(entry.name, await this.documents.fetchFile(entry));
  }

  async remove(entry) {
    const why = this.words.setText(element("p", { dir: "auto" }), "delete-document-why", { name: entry.name });
    const form = { title: "document-remove-title", fields: [why], submit: "delete-it", isDanger: true, read: () => true };
    if (entry.id === null || (await openForm(this.words, form))) await this.documents.remove(entry);
  }

  async pick() {
    this.documents.add(await pickFiles(ACCEPTED, true), this.role.value);
  }

  listenForDrops() {
    const hasFiles = ({ dataTransfer }) => Boolean(dataTransfer?.types.includes("Files")) && this.root.offsetParent !== null && !document.querySelector("dialog[open]");
    const mark = (isOver) => this.place.classList.toggle("is-dropping", isOver);
    document.addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      mark(true);
    });
    document.addEventListener("dragleave", ({ relatedTarget }) => relatedTarget === null && mark(false));
    document.addEventListener("drop", (event) => {
      mark(false);
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.documents.add([...event.dataTransfer.files], this.role.value);
    });
  }
}

/** What an entry is known by: those on their way have no id yet. */
function keyOf(entry) {
  return entry.id ?? entry;
}
