/**
 * Follows the reading of one document at a time.
 *
 * A browser has six connections to a server that speaks HTTP/1.1, for all tabs together: a stream for each document
 * would leave none for questions. Documents are read in their order, so the first one that is not read is followed.
 */

const RETRY_MS = 3000;

export class ReadingProgress {
  /**
   * `take(document)` is called with each state of the document, `ended()` when another one can be followed, and
   * `locate(id)` for its path.
   */
  constructor(api, { take, ended, locate = (id) => `/documents/${id}` }) {
    this.api = api;
    this.locate = locate;
    this.actions = { take, ended };
    this.id = null;
    this.controller = null;
  }

  /** Follow the document with this id, and no other; none for null. */
  follow(id) {
    if (id === this.id || (id !== null && document.hidden)) return;
    this.stop();
    if (id !== null) this.run(id);
  }

  stop() {
    clearTimeout(this.timer);
    this.controller?.abort();
    this.controller = null;
    this.id = null;
  }

  async run(id) {
    const controller = new AbortController();
    Object.assign(this, { id, controller });
    const last = await this.read(id, controller.signal).catch(() => null);
    if (this.controller !== controller) return;
    if (last !== null && last.state !== "reading") this.end();
    else this.timer = setTimeout(() => this.end(), RETRY_MS); // the server was restarted, or the connection lost
  }

  end() {
    this.stop();
    this.actions.ended();
  }

  /** Return the last state of the document that came. Throws `RequestError` and AbortError. */
  async read(id, signal) {
    let last = null;
    const response = await this.api.send(`${this.locate(id)}/events`, { signal });
    for await (const event of this.api.events(response)) {
      if (event.id !== id) break; // an error
      last = event;
      if (!signal.aborted) this.actions.take(event);
    }
    return last;
  }
}
