/** The state of the connection: checked often while it is lost, and now and then while it is not. */

import { element } from "./dom.js";

const LOST_MS = 2000;
const ONLINE_MS = 20000;
const PATIENCE_MS = 5000;

export class Connection {
  constructor(words) {
    this.words = words;
    this.isOnline = true;
    this.light = element("span", { class: "connection-light", "aria-hidden": "true" });
    this.label = element("span", { class: "connection-text" });
    this.shown = element("div", { class: "connection", role: "status" }, this.light, this.label);
    this.listeners = [];
    this.show();
    addEventListener("offline", () => this.set(false));
    addEventListener("online", () => this.check());
    document.addEventListener("visibilitychange", () => document.hidden || this.check());
    this.scheduleCheck();
  }

  /** Call `listener` whenever the connection is back. */
  onReturn(listener) {
    this.listeners.push(listener);
  }

  set(isOnline) {
    if (isOnline === this.isOnline) return;
    this.isOnline = isOnline;
    this.show();
    this.scheduleCheck();
    if (isOnline) for (const listener of this.listeners) listener();
  }

  async check() {
    clearTimeout(this.timer);
    try {
      await fetch("/health", { signal: AbortSignal.timeout(PATIENCE_MS), cache: "no-store" });
      this.set(true);
    } catch {
      this.set(false);
    }
    this.scheduleCheck();
  }

  scheduleCheck() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), this.isOnline ? ONLINE_MS : LOST_MS);
  }

  show() {
    this.shown.classList.toggle("is-lost", !this.isOnline);
    this.words.setText(this.label, this.isOnline ? "online" : "lost");
  }
}

/** Repeat an action each time the connection is back: a page may be opened before its server. */
export async function retryUntilConnected(connection, action) {
  for (;;) {
    try {
      return await action();
    } catch {
      await new Promise((resolve) => connection.onReturn(resolve));
    }
  }
}
