/**
 * The token of the customer, in the place of the key of the other pages.
 *
 * It comes from the shop's page, and is kept in memory alone. A visitor for whom that page has none gets one of their
 * own where the operator lets such in; that is kept in the frame's storage, which other shops' pages have no part in.
 */

import { RequestError } from "/web/frame/api.js";
import { readSetting, writeSetting } from "/web/frame/dom.js";

const NAME = "anonymous-token";
const FRESH_MS = 5000;
/** A token that is refused so soon is not asked for again: the next would be refused as well. */

const EARLY_SHARE = 0.2;
const MAX_EARLY_MS = 60_000;
/** How long before its end a token is replaced: a share of its time, and never more than a minute. */

const MAX_WAIT_MS = 86_400_000;

export class Tokens {
  /** `api` asks without a token. */
  constructor(host, api, { anonymous_customers: hasAnonymous }) {
    Object.assign(this, { host, api, hasAnonymous, current: "", customer: null });
    this.isCustomers = true;
    this.numAsked = 0;
    this.asking = null;
    this.takenMs = 0;
    this.changed = () => null;
    host.on("token", ({ token }) => this.receive(token));
  }

  get headers() {
    return this.current ? { Authorization: `Bearer ${this.current}` } : {};
  }

  /** Call `listener(wasAnonymous)` when another customer is there than before. */
  onChange(listener) {
    this.changed = listener;
  }

  /** Ask for another token, and return whether there is one. Requests `sent` before share the result. Throws `RequestError`. */
  async ask(_, sent = this.numAsked) {
    if (sent < this.numAsked) return this.wasGiven;
    this.asking ??= this.renew().finally(() => (this.asking = null));
    return this.asking;
  }

  async renew() {
    const isTooSoon = this.current && Date.now() - this.takenMs < FRESH_MS;
    try {
      const found = isTooSoon ? null : await this.find();
      this.wasGiven = found !== null && found !== this.current;
      if (this.wasGiven) this.take(found, this.customer !== null);
    } finally {
      this.numAsked += 1;
    }
    return this.wasGiven;
  }

  /** Return a token of the shop's page, or one of an anonymous visitor, or null. Throws `RequestError`. */
  async find() {
    const { token, failed } = await this.host.askForToken();
    if (token) return token;
    if (failed) throw new RequestError(this.api.words.text("sign-in-failed"), { status: 401 });
    const kept = readSetting(NAME);
    if (kept && kept !== this.current && read(kept).endMs > Date.now()) return kept;
    return this.hasAnonymous ? this.makeAnonymous(kept) : null;
  }

  /** Have the kept token renewed, so that it is the same visitor, or where that cannot be, get one of another. */
  async makeAnonymous(kept) {
    const post = (headers) => this.api.json("/customers/anonymous", { method: "POST", headers });
    const { token } = await (kept ? post({ Authorization: `Bearer ${kept}` }).catch(() => post()) : post());
    writeSetting(NAME, token);
    return token;
  }

  /** Take what the shop's page has sent unasked: a token, or null where its customer has left. */
  receive(token) {
    this.numAsked += 1;
    this.wasGiven = typeof token === "string" && token !== "";
    this.take(this.wasGiven ? token : "", true);
  }

  take(token, isTold) {
    const before = this.customer;
    const { customer, endMs, isAnonymous } = read(token);
    const wasAnonymous = this.isAnonymous;
    Object.assign(this, { current: token, customer, isAnonymous, takenMs: Date.now() });
    this.schedule(endMs);
    if (isTold && customer !== before) this.changed(wasAnonymous === true && isAnonymous);
  }

  /** Replace the token shortly before its end; one that is there by then is used until the server refuses it. */
  schedule(endMs) {
    clearTimeout(this.timer);
    const left = endMs - Date.now();
    if (!(left > 0)) return;
    const wait = Math.max(FRESH_MS, left - Math.min(MAX_EARLY_MS, left * EARLY_SHARE));
    const renew = () => this.ask().catch(() => null);
    this.timer = setTimeout(() => (wait > MAX_WAIT_MS ? this.schedule(endMs) : renew()), Math.min(wait, MAX_WAIT_MS));
  }
}

/** Return whose a token says that it is, and when it ends. Only the server can tell whether that is true. */
function read(token) {
  try {
    const base64 = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
    const { iss = "", sub, exp, anonymous } = JSON.parse(new TextDecoder().decode(bytes));
    return { customer: JSON.stringify([iss, sub]), endMs: exp * 1000, isAnonymous: anonymous === true };
  } catch {
    return { customer: token || null, endMs: NaN, isAnonymous: false };
  }
}
