/** The name that customers are shown of the person at this desk, kept in this browser. */

import { openForm } from "/web/frame/dialogs.js";
import { element, readSetting, writeSetting } from "/web/frame/dom.js";

const NAME = "desk-name";
const MAX_LENGTH = 100;
const UNSET = "-";
/** Is kept where the person wants to be shown without a name. */

export class OwnName {
  constructor(words) {
    this.words = words;
    this.inMemory = null;
    this.text = element("span", { dir: "auto" });
    this.button = element("button", { type: "button", class: "own-name", on: { click: () => this.ask() } }, this.text);
    words.onChange(() => this.show());
    this.show();
  }

  /** The name, null where the person has none, or has not been asked for it. */
  get current() {
    const kept = this.kept;
    return kept && kept !== UNSET ? kept : null;
  }

  get kept() {
    return this.inMemory ?? readSetting(NAME);
  }

  /** Ask for the name, once. Return whether the person goes on. */
  async ensure() {
    return Boolean(this.kept) || this.ask();
  }

  /** Ask for the name; return whether the person has answered. */
  async ask() {
    const input = element("input", { id: "own-name", maxlength: MAX_LENGTH, dir: "auto", autocomplete: "nickname", value: this.current ?? "" });
    const label = this.words.setText(element("label", { for: input.id }), "name-label");
    const hint = this.words.setText(element("p", { class: "hint" }), "name-hint");
    const fields = [element("div", { class: "field" }, label, input), hint];
    const given = await openForm(this.words, { title: "name-title", fields, submit: "save", read: () => ({ name: input.value.trim() }) });
    if (given === null) return false;
    this.inMemory = given.name || UNSET;
    writeSetting(NAME, this.inMemory);
    this.show();
    return true;
  }

  show() {
    this.words.setText(this.text, this.current ? "shown-as" : "shown-without", { name: this.current });
  }
}
