/** A list of sessions in pages. Arrow keys move in it, and what has the focus keeps it when the list is read anew. */

import { element } from "/web/frame/dom.js";
import { createEntry } from "./entry.js";
import { refreshAges } from "./writing.js";

const PAGE = 30;
const MAX_PAGE = 200;
const AGES_MS = 20_000;
const MOVES = { ArrowDown: (index) => index + 1, ArrowUp: (index) => index - 1, Home: () => 0, End: (_, last) => last };

export class SessionList {
  /** `open(id)` opens a session, `take(session)` takes one that waits, and `leave()` gets the focus when the list is empty. */
  constructor({ words, api }, { open, take, leave }) {
    Object.assign(this, { words, api, actions: { open, take, leave } });
    this.sessions = [];
    this.cursor = null;
    this.current = null;
    this.numReads = 0;
    this.items = element("ul", { class: "entries", on: { click: (event) => this.click(event), keydown: (event) => this.press(event), focusin: (event) => this.markFocus(event) } });
    this.empty = element("p", { class: "hint", hidden: true });
    this.error = element("p", { class: "error", role: "alert", hidden: true });
    this.more = words.setText(element("button", { type: "button", class: "button", hidden: true, on: { click: () => this.readMore() } }), "more");
    this.root = element("div", { class: "list" }, this.error, this.items, this.empty, this.more);
    setInterval(() => refreshAges(words, this.items), AGES_MS);
  }

  /** Turn to another list. */
  async turnTo(state, desk) {
    const isOther = state !== this.state;
    Object.assign(this, { state, desk });
    if (isOther) this.set([], null);
    this.empty.hidden = true;
    await this.read(PAGE);
  }

  /** Read anew as many sessions as are shown. */
  async refresh(desk) {
    this.desk = desk;
    await this.read(Math.max(PAGE, this.sessions.length));
  }

  /** Read the first sessions, unless the list is read again meanwhile. Throws `RequestError` for a key that is refused. */
  async read(count) {
    const order = ++this.numReads;
    try {
      const { sessions, cursor } = await this.readPages(count);
      if (order === this.numReads) this.set(sessions, cursor);
    } catch (error) {
      if (order === this.numReads) this.fail(error);
      if (error.status === 401 || error.status === 403) throw error;
    }
  }

  async readPages(count) {
    const sessions = [];
    let cursor = null;
    do {
      const page = await this.request(Math.min(count - sessions.length, MAX_PAGE), cursor);
      sessions.push(...page.sessions);
      cursor = page.next_cursor;
    } while (cursor && sessions.length < count);
    return { sessions, cursor };
  }

  request(limit, cursor) {
    return this.api.json(`/desk/sessions?${new URLSearchParams({ state: this.state, limit, ...(cursor && { cursor }) })}`);
  }

  async readMore() {
    const before = this.sessions.length;
    await this.read(before + PAGE).catch(() => null);
    this.focusAt(before);
  }

  fail(error) {
    this.error.textContent = error.message;
    this.error.hidden = false;
  }

  set(sessions, cursor) {
    Object.assign(this, { sessions, cursor });
    this.error.hidden = true;
    this.show();
  }

  show() {
    const focused = this.findFocused();
    const shows = { showsHolder: this.state === "person", showsShop: this.desk?.is_operator };
    this.items.replaceChildren(...this.sessions.map((session) => createEntry(this.words, session, shows)));
    this.more.hidden = this.cursor === null;
    this.empty.hidden = this.sessions.length > 0;
    this.words.setText(this.empty, `empty-${this.state}`);
    this.mark(this.current);
    this.makeReachable(focused?.id);
    if (focused) this.restoreFocus(focused);
  }

  findFocused() {
    const item = this.items.contains(document.activeElement) ? document.activeElement.closest("li") : null;
    return item && { id: item.dataset.id, index: [...this.items.children].indexOf(item) };
  }

  restoreFocus({ id, index }) {
    const link = this.find(id)?.firstChild;
    if (link) link.focus();
    else this.focusAt(index);
  }

  /** Focus the entry at a place, or the one before it where there are fewer. */
  focusAt(index) {
    const item = this.items.children[Math.min(index, this.items.childElementCount - 1)];
    if (item) item.firstChild.focus();
    else this.actions.leave();
  }

  /** Focus the open session, or the first. */
  focus() {
    const item = this.find(this.current) ?? this.items.firstChild;
    if (item) item.firstChild.focus();
    else this.actions.leave();
  }

  find(id) {
    return [...this.items.children].find((item) => item.dataset.id === id);
  }

  /** Mark the session that is open. */
  mark(id) {
    this.current = id;
    for (const { firstChild: link, dataset } of this.items.children) {
      if (dataset.id === id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    if (!this.findFocused()) this.makeReachable(id);
  }

  /** Let the Tab key reach one entry; arrow keys lead to the others. */
  makeReachable(id) {
    const reached = this.find(id) ?? this.items.firstChild;
    for (const item of this.items.children) item.firstChild.tabIndex = item === reached ? 0 : -1;
  }

  markFocus({ target }) {
    this.makeReachable(target.closest("li")?.dataset.id);
  }

  click(event) {
    const item = event.target.closest("li");
    if (!item || event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab or window
    event.preventDefault();
    this.actions.open(item.dataset.id);
  }

  press(event) {
    const index = this.findFocused()?.index ?? -1;
    if (index < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const last = this.sessions.length - 1;
    if (Object.hasOwn(MOVES, event.key)) {
      event.preventDefault();
      this.focusAt(Math.max(0, Math.min(last, MOVES[event.key](index, last))));
    } else if (event.key.toLowerCase() === "t" && this.sessions[index].state === "waiting") {
      this.actions.take(this.sessions[index]);
    }
  }
}
