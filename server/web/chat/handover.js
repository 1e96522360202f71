/** Who answers the session: a line that says so, and a button to ask for a person. */

import { RequestError } from "/web/frame/api.js";
import { element } from "/web/frame/dom.js";

const RETRY_MS = 2000;
const MAX_RETRY_MS = 60_000;
/** How long to wait before the next stream: the server ends each after some minutes. After failures it is longer. */

const REFUSED = [401, 403, 404];
/** The statuses after which another try would be refused too. */

export class Handover {
  /** `heard()` is called when a person has said something; `findLast()` returns the id of the last turn that is shown. */
  constructor({ words, api }, { heard, findLast }) {
    Object.assign(this, { words, api, heard, findLast });
    this.id = null;
    this.state = "bot";
    this.retryMs = RETRY_MS;
    this.line = element("p", { class: "hint", role: "status" });
    this.button = words.setText(element("button", { type: "button", class: "button", hidden: true }), "ask-person");
    this.button.addEventListener("click", () => this.ask());
    this.root = element("div", { class: "handover" }, this.line, this.button);
    document.addEventListener("visibilitychange", () => this.restart());
  }

  /** Follow another session, or none for null. */
  turnTo(id) {
    if (id === this.id) return;
    this.id = id;
    this.state = "bot";
    this.write("");
    this.button.hidden = id === null;
    this.restart();
  }

  /** Follow the session anew; a hidden page does not, as a browser has few connections for all its tabs. */
  restart() {
    this.following?.abort();
    clearTimeout(this.timer);
    if (this.id === null || document.hidden) return;
    this.following = new AbortController();
    this.follow(this.id, this.following.signal);
  }

  async follow(id, signal) {
    try {
      const last = this.findLast();
      const path = `/sessions/${encodeURIComponent(id)}/events${last ? `?after=${last}` : ""}`;
      const response = await this.api.fetch(path, { signal });
      if (REFUSED.includes(response.status)) return;
      this.retryMs = response.ok ? RETRY_MS : Math.min(this.retryMs * 2, MAX_RETRY_MS);
      if (response.ok) await this.read(response, signal);
    } catch (error) {
      if (!(error instanceof RequestError) && error.name !== "AbortError") throw error;
    }
    if (!signal.aborted) this.timer = setTimeout(() => this.restart(), this.retryMs);
  }

  async read(response, signal) {
    for await (const event of this.api.events(response)) {
      if (signal.aborted) return;
      if (event.handover) this.show(event.handover);
      if (event.turn) this.heard();
    }
  }

  /** Show who answers now. That it is the assistant is said only where a person was asked for before. */
  show({ state, agent_name: name, position }) {
    const wasBot = this.state === "bot";
    this.state = state;
    this.button.hidden = this.id === null || state === "waiting" || state === "person";
    if (state === "waiting") this.say(position ? "handover-waiting" : "handover-next", { count: position });
    else if (state === "person") this.say(name ? "handover-person" : "handover-somebody", { name });
    else if (state === "closed" || !wasBot) this.say(`handover-${state}`);
  }

  say(key, values = {}) {
    this.words.setText(this.line, key, values);
  }

  /** Show a text that is in the user's language already. */
  write(text) {
    delete this.line.dataset.text;
    this.line.textContent = text;
  }

  /** Ask for a person. What the server answers is shown, also that nobody more can wait. */
  async ask() {
    this.button.disabled = true;
    try {
      const { language } = this.words;
      const response = await this.api.change("POST", `/sessions/${this.id}/handover`, { language });
      this.show(await response.json());
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      this.write(error.message);
    } finally {
      this.button.disabled = false;
    }
  }
}
