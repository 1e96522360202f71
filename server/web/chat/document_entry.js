/** One document of a dialogue, from the file that is sent to what the server has read of it. */

const RETRYABLE = [0, 408, 429];
const SERVER_ERROR = 500;
const ENCRYPTED = "encrypted";
const NEEDS_PASSWORD = [ENCRYPTED, "wrong_password"];
/** The codes of refusals that a password may end. */

export class DocumentEntry {
  /**
   * `dialogue` is the name of its dialogue, `state` one of "waiting" and "sending", "locked" and "refused", which end
   * there, and the server's "reading", "ready" and "failed". `share` of the file has been sent.
   */
  constructor(dialogue) {
    Object.assign(this, { dialogue, id: null, file: null, name: "", password: null, state: "waiting", share: 0 });
    Object.assign(this, { pages: null, pagesRead: 0, warnings: [], error: null, canRetry: false, isFresh: false });
    this.controller = new AbortController();
  }

  static of(file, dialogue) {
    return Object.assign(new DocumentEntry(dialogue), { file, name: file.name, isFresh: true });
  }

  wait() {
    Object.assign(this, { state: "waiting", share: 0, error: null, canRetry: false });
  }

  send(share) {
    Object.assign(this, { state: "sending", share });
  }

  /** Note why the server did not take the document. That it has a password is no error yet, a wrong one is. */
  refuse({ message, status, code }) {
    const canRetry = RETRYABLE.includes(status) || status >= SERVER_ERROR;
    const state = NEEDS_PASSWORD.includes(code) ? "locked" : "refused";
    Object.assign(this, { state, error: code === ENCRYPTED ? null : message, canRetry });
  }

  /** Take what the server says of the document, and forget its file. */
  take({ id, name, kind, state, pages, pages_read: pagesRead, warnings, error }) {
    const given = { id, name, kind, state, pages, pagesRead, warnings, error };
    for (const [key, value] of Object.entries(given)) if (value !== undefined) this[key] = value;
    Object.assign(this, { file: null, password: null });
    return this;
  }

  /** Whether there are pages to look at. */
  get isOpen() {
    return this.id !== null && this.pagesRead > 0;
  }

  /** Whether its chip stays beside the question: until it has been asked about, and as long as something is to be said. */
  get isPending() {
    return this.isFresh || this.state !== "ready";
  }

  /** The key of the text of its state, with its values. */
  get status() {
    const { pages, pagesRead } = this;
    if (this.state === "sending") return ["document-sending", { percent: Math.floor(100 * this.share) }];
    if (this.state === "reading") {
      if (!pagesRead) return ["document-queued", {}];
      return pages === null ? ["document-reading-on", { page: pagesRead }] : ["document-reading", { page: pagesRead, pages }];
    }
    if (this.state === "ready") return ["document-ready", { pages: pages ?? pagesRead }];
    return [`document-${this.state}`, {}];
  }

  /** How much is done of what is going on, from 0 to 1, or null where nobody knows. */
  get done() {
    if (this.state === "sending") return this.share;
    return this.state === "reading" && this.pages ? this.pagesRead / this.pages : null;
  }

  get isSending() {
    return this.state === "waiting" || this.state === "sending";
  }

  get isMoving() {
    return this.isSending || this.state === "reading";
  }
}
