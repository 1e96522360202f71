/**
 * The access key of requests.
 *
 * It is kept in sessionStorage, so it is gone with the tab: a computer at a counter has many users. Whoever ticks the
 * box has it in localStorage, until another key replaces it. Only this server's own scripts can read either.
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
    addEventListener("storage", ({ key, newValue }) => key === NAME && newValue === this.current && this.notify());
  }

  /** Call `listener` after each key that is entered, in another tab too where this one uses it. */
  onChange(listener) {
    this.listeners.push(listener);
  }

  get current() {
    return tryStorage(() => sessionStorage.getItem(NAME)) || tryStorage(() => localStorage.getItem(NAME)) || this.keyInMemory || "";
  }

  get headers() {
    return this.current ? { Authorization: `Bearer ${this.current}` } : {};
  }

  /** Whether the key is a customer's token, which has three parts (RFC 7519). */
  get isCustomers() {
    return !this.current.startsWith("sk-") && this.current.split(".").length === 3;
  }

  /** Ask for a key, and return whether one was entered. Requests `sent` before the dialog closed share its result. */
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
    const label = (id, key) => this.words.setText(element("label", { for: id }), key);
    const fields = [
      element("p", { class: "error", role: "alert", hidden: !reason }, reason),
      element("div", { class: "field" }, label(input.id, "key-label"), input),
      element("div", { class: "check" }, remember, label(remember.id, "key-remember")),
      this.words.setText(element("p", { class: "hint" }), "key-why"),
    ];
    const read = () => ({ key: input.value.trim(), isRemembered: remember.checked });
    const given = await openForm(this.words, { title: "key-title", fields, submit: "key-enter", read });
    this.numAsked += 1;
    this.wasEntered = Boolean(given?.key);
    if (given?.key) this.store(given);
    return this.wasEntered;
  }

  store({ key, isRemembered }) {
    this.keyInMemory = key;
    tryStorage(() => localStorage.removeItem(NAME));
    tryStorage(() => sessionStorage.removeItem(NAME));
    tryStorage(() => (isRemembered ? localStorage : sessionStorage).setItem(NAME, key));
    this.notify();
  }

  notify() {
    for (const listener of this.listeners) listener();
  }
}

/** Return null where the browser does not allow storage. */
function tryStorage(action) {
  try {
    return action();
  } catch {
    return null;
  }
}
