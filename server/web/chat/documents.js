/** The documents of the open dialogue: files on their way to the server, and what the server has of it. */

import { isReadable } from "/web/frame/files.js";
import { DocumentEntry } from "./document_entry.js";
import { askPassword } from "./passwords.js";
import { ReadingProgress } from "./reading_progress.js";

const PAGE = 100;

export class Documents {
  /**
   * `tell(key, values)` is called with the key of a text, `began(session)` when a file has begun the session of the open
   * dialogue, and `changed(session)` after each change that other tabs should see.
   */
  constructor({ words, api, connection, config }, { tell, began, changed }) {
    Object.assign(this, { words, api, actions: { tell, began, changed } });
    this.maxBytes = config.limits.max_document_bytes;
    this.entries = [];
    this.dialogue = { id: null, name: "" };
    this.listeners = [];
    this.numRefreshes = 0;
    this.sending = Promise.resolve();
    this.asking = Promise.resolve();
    const take = (document) => this.take(document);
    this.progress = new ReadingProgress(api, { take, ended: () => this.refresh() });
    connection.onReturn(() => this.refresh());
    words.onChange(() => this.refresh()); // warnings and errors are in the language of the page
    document.addEventListener("visibilitychange", () => (document.hidden ? this.progress.stop() : this.refresh()));
  }

  /** Call `listener` after each change of what is shown, until the function that this returns is called. */
  onChange(listener) {
    this.listeners.push(listener);
    return () => this.listeners.splice(this.listeners.indexOf(listener), 1);
  }

  notify() {
    for (const listener of [...this.listeners]) listener();
  }

  /** Those of the open dialogue, the oldest first. */
  get shown() {
    return this.entries.filter(({ dialogue }) => dialogue === this.dialogue.name);
  }

  /** Those of the open dialogue that the server has. */
  get stored() {
    return this.shown.filter(({ id }) => id !== null);
  }

  find(id) {
    return this.entries.find((entry) => entry.id === id) ?? null;
  }

  /** Turn to another dialogue. Files that are on their way go on. */
  turnTo({ id, name }) {
    if (name !== this.dialogue.name) this.entries = this.entries.filter((entry) => entry.id === null);
    this.dialogue = { id, name };
    this.notify();
    this.refresh();
  }

  /** Load the list anew, and go on following what is still being read. Errors are ignored: the next change loads it again. */
  async refresh() {
    const order = (this.numRefreshes += 1);
    if (this.dialogue.id !== null) {
      const documents = await this.load(this.dialogue.name).catch(() => null);
      if (order !== this.numRefreshes) return;
      if (documents !== null) this.takeAll(documents);
    }
    this.progress.follow(this.stored.find(({ state }) => state === "reading")?.id ?? null);
  }

  async load(name) {
    const documents = [];
    let cursor = null;
    do {
      const query = new URLSearchParams({ user_id: name, limit: PAGE, ...(cursor && { cursor }) });
      const page = await this.api.json(`/documents?${query}`);
      documents.push(...page.documents);
      cursor = page.next_cursor;
    } while (cursor);
    return documents.reverse();
  }

  takeAll(documents) {
    const stored = documents.map((document) => (this.find(document.id) ?? new DocumentEntry(this.dialogue.name)).take(document));
    this.entries = [...stored, ...this.entries.filter(({ id }) => id === null)];
    this.notify();
  }

  take(document) {
    this.find(document.id)?.take(document);
    this.notify();
  }

  /** Send files, one after another, so that questions need not wait for a free connection. */
  async add(files) {
    for (const file of files) {
      if (!(await isReadable(file))) this.actions.tell("not-readable", { name: file.name });
      else this.queue(DocumentEntry.of(file, this.dialogue.name));
    }
  }

  queue(entry) {
    if (!this.entries.includes(entry)) this.entries.push(entry);
    const send = () => this.send(entry);
    entry.wait();
    this.notify();
    this.sending = this.sending.then(send, send);
  }

  async send(entry) {
    if (!this.entries.includes(entry)) return; // it was removed meanwhile
    if (entry.file.size > this.maxBytes) return this.refuse(entry, this.createTooLarge(entry.file));
    try {
      this.accept(entry, await this.post(entry));
    } catch (error) {
      if (error.name !== "AbortError") this.refuse(entry, error);
    }
  }

  createTooLarge({ size }) {
    const [shown, limit] = [size, this.maxBytes].map((bytes) => Math.ceil(bytes / 2 ** 20));
    return { message: this.words.text("document-too-large", { size: shown, limit }), status: 413 };
  }

  /** The fields come before the file, as the server stores that while it comes in. */
  async post(entry) {
    const body = new FormData();
    body.append("user_id", entry.dialogue);
    if (entry.password) body.append("password", entry.password);
    body.append("file", entry.file, entry.name);
    const progress = (share) => {
      entry.send(share);
      this.notify();
    };
    const { signal } = entry.controller;
    const response = await this.api.send("/documents", { method: "POST", body, progress, signal });
    return { document: await response.json(), session: response.headers.get("X-Session") };
  }

  accept(entry, { document, session }) {
    const known = this.find(document.id);
    if (known) this.entries = this.entries.filter((other) => other !== known); // the same file was sent twice
    entry.take(document);
    this.actions.changed(session);
    if (this.dialogue.name !== entry.dialogue) this.entries = this.entries.filter((other) => other !== entry);
    else if (this.dialogue.id === null) this.actions.began(session);
    this.notify();
    this.refresh();
  }

  refuse(entry, error) {
    entry.refuse(error);
    this.notify();
    if (entry.state === "locked") this.unlock(entry);
  }

  /** Ask for the password of a file, after those that are being asked for. */
  unlock(entry) {
    const ask = async () => {
      if (!this.entries.includes(entry)) return;
      const password = await askPassword(this.words, entry);
      if (password) this.retry(entry, password);
    };
    this.asking = this.asking.then(ask, ask);
  }

  retry(entry, password = entry.password) {
    entry.password = password;
    this.queue(entry);
  }

  /** Resolves when all files of the open dialogue are at the server, or refused, or when `signal` aborts. */
  sent(signal) {
    return new Promise((resolve) => {
      const { name } = this.dialogue;
      const check = () => {
        const isUnsent = ({ dialogue, isSending }) => dialogue === name && isSending;
        if (!signal.aborted && this.entries.some(isUnsent)) return;
        stop();
        resolve();
      };
      const stop = this.onChange(check);
      signal.addEventListener("abort", check);
      check();
    });
  }

  /** Note that a question has been asked: what is read needs no place beside the next one. */
  asked() {
    for (const entry of this.shown) entry.isFresh = false;
    this.notify();
  }

  /** Remove a document, also from the server. Throws `RequestError`. */
  async remove(entry) {
    entry.controller.abort();
    if (entry.id !== null) await this.api.change("DELETE", `/documents/${entry.id}`).catch(ignoreGone);
    this.entries = this.entries.filter((other) => other !== entry);
    this.notify();
    if (entry.id === null) return;
    this.actions.changed(this.dialogue.id);
    this.refresh();
  }
}

function ignoreGone(error) {
  if (error.status !== 404) throw error;
}
