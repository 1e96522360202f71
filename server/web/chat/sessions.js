/** The list of sessions at the side, which can be searched, opened, renamed and deleted. */

import { openForm } from "/web/frame/dialogs.js";
import { element, icon, iconButton } from "/web/frame/dom.js";
import { OWN_NAME } from "./dialogue.js";

const TYPING_MS = 250;
const MAX_TITLE_LENGTH = 200;
const PAGE = 30;

export class Sessions {
  /**
   * `open(id)` is called to open a session, `begin()` to begin one, `removed(id)` and `renamed(id)` after one was
   * deleted or got another title.
   */
  constructor({ words, api }, { open, begin, removed, renamed }) {
    this.words = words;
    this.api = api;
    this.actions = { open, begin, removed, renamed };
    this.current = null;
    this.numRefreshes = 0;
    this.root = document.getElementById("sessions");
    this.draw();
    words.onChange(() => this.refresh());
  }

  draw() {
    const { words } = this;
    const add = element("button", { type: "button", class: "button new", id: "new" }, icon("plus"), words.setText(element("span"), "new"));
    add.addEventListener("click", () => {
      this.close();
      this.actions.begin();
    });
    this.search = element("input", { type: "search", id: "search", dir: "auto", maxlength: 200, "data-placeholder": "search" });
    words.setLabel(this.search, "search");
    this.search.addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.refresh(), TYPING_MS);
    });
    this.list = element("ul", { class: "session-list" });
    this.more = words.setText(element("button", { type: "button", class: "button", hidden: true }), "more");
    this.more.addEventListener("click", () => this.load(this.cursor));
    this.empty = element("p", { class: "hint", hidden: true });
    this.closeButton = iconButton(words, "close", "close", () => this.close(), { class: "icon-button drawer-close" });
    const head = element("div", { class: "session-head" }, words.setText(element("h2"), "sessions"), this.closeButton);
    this.root.append(head, add, element("div", { class: "search" }, icon("search"), this.search), this.list, this.more, this.empty);
    words.setLabel(this.root, "sessions");
    words.translate(this.root);
  }

  /** Create the button that opens the list on narrow pages. */
  createOpenButton() {
    const button = iconButton(this.words, "menu", "sessions-open", () => this.toggle(), {
      class: "icon-button drawer-open",
      "aria-controls": "sessions",
      "aria-expanded": "false",
    });
    this.openButton = button;
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    document.getElementById("main").addEventListener("pointerdown", () => this.close());
    return button;
  }

  toggle() {
    const isOpen = this.root.classList.toggle("is-open");
    this.openButton.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.closeButton.focus(); // focusing the search field would bring up a phone's keyboard
  }

  close() {
    if (this.root.classList.contains("is-open")) {
      this.toggle();
      this.openButton.focus();
    }
  }

  /** Load the list anew. Errors are ignored: it is loaded again when the connection is back. */
  async refresh() {
    await this.load(null).catch(() => null);
  }

  /** Load the list from its start, or what follows `cursor`, unless the list is loaded anew meanwhile. */
  async load(cursor) {
    if (!cursor) this.numRefreshes += 1;
    const order = this.numRefreshes;
    const query = new URLSearchParams({ limit: PAGE });
    const search = this.search.value.trim();
    if (search) query.set("search", search);
    if (cursor) query.set("cursor", cursor);
    const page = await this.api.json(`/sessions?${query}`);
    if (search !== this.search.value.trim() || order !== this.numRefreshes) return;
    const items = page.sessions.map((session) => this.createItem(session));
    if (cursor) this.list.append(...items);
    else this.list.replaceChildren(...items);
    this.cursor = page.next_cursor;
    this.more.hidden = !this.cursor;
    this.empty.hidden = this.list.childElementCount > 0;
    this.words.setText(this.empty, search ? "none-found" : "no-sessions");
  }

  createItem(session) {
    const { words } = this;
    const title = getTitle(words, session);
    const link = element("a", { href: `#${session.id}`, class: "session-link", dir: "auto" }, title);
    if (session.id === this.current) link.setAttribute("aria-current", "true");
    link.addEventListener("click", (event) => {
      event.preventDefault();
      this.close();
      this.actions.open(session.id);
    });
    const rename = iconButton(words, "rename", "rename", () => this.rename(session.id, title));
    const remove = iconButton(words, "remove", "remove", () => this.remove(session.id, title));
    return element("li", { "data-id": session.id }, link, rename, remove);
  }

  mark(id) {
    this.current = id;
    for (const item of this.list.children) {
      const link = item.querySelector("a");
      if (item.dataset.id === id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  async rename(id, title) {
    const input = element("input", { id: "title", dir: "auto", required: true, maxlength: MAX_TITLE_LENGTH, value: title });
    const label = this.words.setText(element("label", { for: "title" }), "title-label");
    const fields = [element("div", { class: "field" }, label, input)];
    const read = () => input.value.trim();
    const given = await openForm(this.words, { title: "rename-title", fields, submit: "save", read });
    if (given) {
      await this.api.change("PATCH", `/sessions/${id}`, { title: given });
      this.actions.renamed(id);
    }
    await this.refresh();
    this.list.querySelector(`[data-id="${id}"] .icon-button`)?.focus();
  }

  async remove(id, title) {
    const why = this.words.setText(element("p"), "remove-why", { title });
    const form = { title: "remove-title", fields: [why], submit: "remove", isDanger: true, read: () => true };
    if (!(await openForm(this.words, form))) return;
    await this.api.change("DELETE", `/sessions/${id}`);
    this.actions.removed(id);
    await this.refresh();
    if (document.activeElement === document.body) this.list.querySelector("a")?.focus();
  }
}

function getTitle(words, { title, name, created_s }) {
  if (title) return title;
  if (!name.startsWith(OWN_NAME)) return name;
  return `${words.text("untitled")} ${new Date(created_s * 1000).toLocaleString(words.language)}`;
}
