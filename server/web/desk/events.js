/** What happens at the desk, as the server tells it: one stream at a time, opened again after each end. */

import { RequestError } from "/web/frame/api.js";

const AGAIN_MS = 2000;
/** How long to wait after a stream that ended as it should. */

const MAX_WAIT_MS = 30_000;
const REFUSED = [401, 403];
/** The statuses after which another try would be refused too. */

export class DeskEvents {
  /** `told(event)` gets each event, `failed(isFailing)` is called when streams begin to fail, and when they are back. */
  constructor({ api, connection }, { told, failed }) {
    Object.assign(this, { api, told, failed });
    this.numFailed = 0;
    connection.onReturn(() => this.isFollowing && this.restart());
  }

  get isFollowing() {
    return Boolean(this.following);
  }

  restart() {
    this.stop();
    this.following = new AbortController();
    this.follow(this.following.signal);
  }

  stop() {
    this.following?.abort();
    this.following = null;
    clearTimeout(this.timer);
  }

  /** Read a stream to its end, and plan the next one; each failure in a row doubles the time until then. */
  async follow(signal) {
    const waitMs = await this.read(signal).catch((error) => this.fail(error, signal));
    if (!signal.aborted && waitMs) this.timer = setTimeout(() => this.restart(), waitMs);
  }

  async read(signal) {
    const response = await this.api.fetch("/desk/events", { signal });
    if (!response.ok) throw await this.api.readError(response);
    for await (const event of this.api.events(response)) {
      if (signal.aborted) return 0;
      this.recover();
      if (event.type === "end") return AGAIN_MS;
      this.told(event);
    }
    throw new RequestError(""); // it was cut off
  }

  recover() {
    if (this.numFailed) this.failed(false);
    this.numFailed = 0;
  }

  /** Return how long to wait, 0 where another try is of no use. */
  fail(error, signal) {
    if (signal.aborted || REFUSED.includes(error.status)) return 0;
    if (!(error instanceof RequestError)) throw error;
    this.numFailed += 1;
    this.failed(true);
    return Math.max(1000 * (error.retryAfterS ?? 0), Math.min(MAX_WAIT_MS, 1000 * 2 ** (this.numFailed - 1)));
  }
}
