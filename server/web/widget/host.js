/**
 * The page of the shop that shows this frame: messages from it and to it.
 *
 * Only messages of the window above count, and only where its origin is one of those that the operator has listed. The
 * first origin that has connected stays the only one, and messages go to no other.
 */

const MAX_EARLY = 8;
/** How many messages are kept that come before the list of origins is known. */

const PATIENCE_MS = 20_000;
/** How long a page may take for a token. */

export class Host {
  constructor() {
    this.early = [];
    this.origins = null;
    this.origin = null;
    this.numAsked = 0;
    this.answers = new Map();
    this.listeners = {};
    this.connected = new Promise((resolve) => (this.connect = resolve));
    addEventListener("message", (event) => this.receive(event));
  }

  /** Whether this is no frame at all: somebody has opened its address. */
  get isAlone() {
    return parent === window;
  }

  /** Accept messages from these origins; `*` is any. */
  allow(origins) {
    this.origins = new Set(origins.map((origin) => (origin === "*" ? origin : new URL(origin).origin)));
    for (const event of this.early.splice(0)) this.receive(event);
  }

  /** Call `listener(message)` for messages of a type: `token` for tokens that nobody asked for, `show` and `hide`. */
  on(type, listener) {
    this.listeners[type] = listener;
  }

  receive(event) {
    if (this.isAlone || event.source !== parent) return;
    if (this.origins === null) {
      if (this.early.length < MAX_EARLY) this.early.push(event);
    } else if (this.has(event.origin)) this.hear(event);
  }

  has(origin) {
    if (this.origin !== null) return origin === this.origin;
    return origin !== "null" && (this.origins.has("*") || this.origins.has(origin));
  }

  hear({ origin, data }) {
    const type = data?.minicpmv;
    if (typeof type !== "string") return;
    this.origin = origin;
    if (type === "connect") this.connect();
    const answer = type === "token" ? this.answers.get(data.id) : undefined;
    if (answer) answer(data);
    else this.listeners[type]?.(data);
  }

  send(message) {
    if (this.origin !== null) parent.postMessage(message, this.origin);
  }

  /** Return `{ token, failed }`: `token` is null where the page has none, `failed` whether it should have had one. */
  async askForToken() {
    if (this.isAlone) return { token: null, failed: false };
    const id = (this.numAsked += 1);
    const answered = new Promise((resolve) => this.answers.set(id, resolve));
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, { token: null, failed: true }));
    this.connected.then(() => this.send({ minicpmv: "token-wanted", id }));
    const { token, failed } = await Promise.race([answered, late]);
    this.answers.delete(id);
    return { token: typeof token === "string" && token ? token : null, failed: failed === true };
  }
}
