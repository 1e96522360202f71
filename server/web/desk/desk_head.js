/** The head of the list: the name that customers are shown, and the switches of the desk. */

import { element, iconButton, setIcon } from "/web/frame/dom.js";

export class DeskHead {
  /** `interrupt()` asks for a session to take from the model, `manage()` opens the canned answers, and `showKeys()` the list of keys. */
  constructor({ words }, { sound, ownName, interrupt, manage, showKeys }) {
    Object.assign(this, { words, sound });
    this.bell = iconButton(words, "mute", "sound", () => this.switchSound(), { id: "sound" });
    this.interrupt = iconButton(words, "person", "interrupt-title", interrupt, { id: "interrupt", hidden: true });
    const canned = iconButton(words, "canned", "canned", manage);
    const keys = iconButton(words, "keyboard", "keys-title", showKeys);
    const name = words.setText(element("span", { class: "desk-name", "aria-hidden": "true" }), "page-desk");
    const buttons = element("div", { class: "desk-buttons" }, this.interrupt, this.bell, canned, keys);
    this.live = words.setText(element("p", { class: "not-live", role: "status", hidden: true }), "not-live");
    this.error = element("p", { class: "error", role: "alert", hidden: true });
    const parts = [element("div", { class: "desk-title" }, name, buttons), ownName.button, this.live, this.error];
    this.root = element("div", { class: "desk-head" }, ...parts);
    this.show();
  }

  switchSound() {
    this.sound.set(!this.sound.isOn);
    this.show();
  }

  show() {
    setIcon(this.bell, this.sound.isOn ? "bell" : "mute");
    this.bell.setAttribute("aria-pressed", this.sound.isOn);
  }

  /** Say that the page is not told of changes at once. */
  setLive(isLive) {
    this.live.hidden = isLive;
  }

  /** Show what could not be done, or nothing. */
  say(text) {
    this.error.textContent = text;
    this.error.hidden = !text;
  }

  take({ is_operator: isOperator }) {
    this.interrupt.hidden = !isOperator;
  }
}
