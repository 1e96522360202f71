/** The documents of a collection: files on their way to the server, and what the server has. */

import { askPassword } from "/web/chat/passwords.js";
import { ReadingProgress } from "/web/chat/reading_progress.js";
import { isReadable } from "/web/frame/files.js";
import { KnowledgeEntry } from "./entries.js";

const PAGE = 50;
const MAX_PAGE = 200;

export class Documents {
  /** `show()` is called after each change, `changed()` when the counts of the collection may be others. */
  constructor({ words, api, config }, { show, changed }) {
    Object.assign(this, { words, api, actions: { show, changed } });
    this.maxBytes = config.limits.max_document_bytes;
    this.name = null;
    this.stored = [];
    this.sent = [];
    this.cursor = null;
    this.sending = Promise.resolve();
    this.asking = Promise.resolve();
    const locate = (id) => `${this.path}/${encodeURIComponent(id)}`;
    this.progress = new ReadingProgress(api, { take: (document) => this.take(document), ended: () => this.refresh(), locate });
    document.addEventListener("visibilitychange", () => (document.hidden ? this.progress.stop() : this.refresh()));
  }

  get path() {
    return createPath(this.name);
  }

  /** Those of the collection, those on their way first, then the newest. */
  get shown() {
    return [...this.sent.filter(({ collection }) => collection === this.name).reverse(), ...this.stored];
  }

  /** Turn to another collection. Files on their way go on. */
  turnTo(name) {
    Object.assign(this, { name, stored: [], cursor: null });
    this.progress.stop();
    this.actions.show();
  }

  /** Return the first documents, at least as many as are shown up to the limit of a request. Throws `RequestError`. */
  load() {
    return this.request(Math.min(Math.max(this.stored.length, PAGE), MAX_PAGE), null);
  }

  loadMore() {
    return this.request(PAGE, this.cursor);
  }

  request(limit, cursor) {
    return this.api.json(`${this.path}?${new URLSearchParams({ limit, ...(cursor && { cursor }) })}`);
  }

  takeAll({ documents, next_cursor: cursor }, before = []) {
    const known = new Set(documents.map(({ id }) => id));
    this.stored = [...before.filter(({ id }) => !known.has(id)), ...documents.map((document) => KnowledgeEntry.stored(document))];
    this.cursor = cursor;
    this.actions.show();
    this.follow();
  }

  follow() {
    this.progress.follow(this.stored.findLast(({ state }) => state === "reading")?.id ?? null);
  }

  /** Read the list again. Errors are left to the next reading, which follows each change. */
  async refresh() {
    const { name } = this;
    if (name === null || document.hidden) return;
    this.actions.changed();
    const found = await this.load().catch(() => null);
    if (found !== null && name === this.name) this.takeAll(found);
    else if (found === null) this.follow();
  }

  take(document) {
    this.stored.find(({ id }) => id === document.id)?.take(document);
    this.actions.show();
  }

  /** Send files, one after another, to be read as `role`. */
  async add(files, role) {
    const { name } = this;
    for (const file of files) {
      const entry = KnowledgeEntry.send(file, name, role);
      this.sent.push(entry);
      if (await isReadable(file)) this.queue(entry);
      else this.refuse(entry, { message: this.words.text("not-readable", { name: file.name }), status: 400 });
    }
  }

  queue(entry) {
    const send = () => this.send(entry);
    entry.wait();
    this.actions.show();
    this.sending = this.sending.then(send, send);
  }

  async send(entry) {
    if (!this.sent.includes(entry)) return; // it was removed meanwhile
    if (entry.file.size > this.maxBytes) return this.refuse(entry, this.createTooLarge(entry.file));
    try {
      await this.post(entry);
      this.sent = this.sent.filter((other) => other !== entry);
      await this.refresh();
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
    body.append("role", entry.role);
    if (entry.password) body.append("password", entry.password);
    body.append("file", entry.file, entry.name);
    const progress = (share) => {
      entry.send(share);
      this.actions.show();
    };
    await this.api.send(createPath(entry.collection), { method: "POST", body, progress, signal: entry.controller.signal });
  }

  refuse(entry, error) {
    entry.refuse(error);
    this.actions.show();
    if (entry.state === "locked") this.unlock(entry);
  }

  /** Ask for the password of a file, after those that are being asked for. */
  unlock(entry) {
    const ask = async () => {
      if (!this.sent.includes(entry)) return;
      const password = await askPassword(this.words, entry);
      if (password) this.retry(entry, password);
    };
    this.asking = this.asking.then(ask, ask);
  }

  retry(entry, password = entry.password) {
    entry.password = password;
    this.queue(entry);
  }

  /** Remove a document, also from the server. Throws `RequestError`. */
  async remove(entry) {
    entry.controller.abort();
    if (entry.id !== null) await this.api.change("DELETE", `${this.path}/${encodeURIComponent(entry.id)}`).catch(ignoreGone);
    this.sent = this.sent.filter((other) => other !== entry);
    this.stored = this.stored.filter((other) => other !== entry);
    this.actions.show();
    if (entry.id !== null) await this.refresh();
  }

  /** Return the file of a document as it was sent. Throws `RequestError`. */
  async fetchFile({ id }) {
    return (await this.api.send(`${this.path}/${encodeURIComponent(id)}/file`)).blob();
  }
}

function createPath(collection) {
  return `/collections/${encodeURIComponent(collection)}/documents`;
}

function ignoreGone(error) {
  if (error.status !== 404) throw error;
}
