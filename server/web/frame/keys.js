/**
 * The key that requests are made with.
 *
 * It is in sessionStorage, so it is gone with the tab: many people use one computer at a counter. Who ticks the box has
 * it in localStorage, until another key replaces it. Nothing but this server's own scripts can read either.
 */

import { openForm } from "./dialogs.js";
import { element } from "./dom.js";

const NAME = "key";

export class Keys {
  constructor(words) {
    this.words = words;
    this.asking = null;
    this.numAsked = 0;
    this.listeners = [];
  }

  /** `listener` is called after a key was entered. */
  onChange(listener) {
    this.listeners.push(listener);
  }

  get current() {
    return stored(() => sessionStorage.getItem(NAME)) || stored(() => localStorage.getItem(NAME)) || this.unkept || "";
  }

  get headers() {
    return this.current ? { Authorization: `Bearer ${this.current}` } : {};
  }

  /** Whether one was entered. Requests that need it at once share one dialog, as do those `sent` before it closed. */
  async ask(reason = "", sent = this.numAsked) {
    if (sent < this.numAsked) return this.wasEntered;
    this.asking ??= this.open(reason).finally(() => {
      this.asking = null;
    });
    return this.asking;
  }

  async open(reason) {
    const input = element("input", { id: "key-input", type: "password", required: true, autocomplete: "off", spellcheck: "false" });
    const remember = element("input", { id: "key-remember", type: "checkbox" });
    const label = (id, key) => this.words.say(element("label", { for: id }), key);
    const fields = [
      element("p", { class: "problem", role: "alert", hidden: !reason }, reason),
      element("div", { class: "field" }, label(input.id, "key-label"), input),
      element("div", { class: "check" }, remember, label(remember.id, "key-remember")),
      this.words.say(element("p", { class: "hint" }), "key-why"),
    ];
    const read = () => ({ key: input.value.trim(), isRemembered: remember.checked });
    const given = await openForm(this.words, { title: "key-title", fields, submit: "key-enter", read });
    this.numAsked += 1;
    this.wasEntered = Boolean(given?.key);
    if (given?.key) this.keep(given);
    return this.wasEntered;
  }

  keep({ key, isRemembered }) {
    this.unkept = key;
    stored(() => localStorage.removeItem(NAME));
    stored(() => sessionStorage.removeItem(NAME));
    stored(() => (isRemembered ? localStorage : sessionStorage).setItem(NAME, key));
    for (const listener of this.listeners) listener();
  }
}

/** Browsers may refuse to keep anything. */
function stored(action) {
  try {
    return action();
  } catch {
    return null;
  }
}
