/**
 * The list of canned answers above the composer: a button opens it, and a "/" at the start of an answer, after which
 * more letters choose among them. The focus stays in the field: https://www.w3.org/WAI/ARIA/apg/patterns/combobox/.
 */

import { element, iconButton } from "/web/frame/dom.js";

const MAX_SHOWN = 50;
const COMMAND = /^\/([^\n]{0,60})$/;
const MOVES = { ArrowDown: 1, ArrowUp: -1 };

export class CannedMenu {
  /** `manage()` opens the dialog to change them. */
  constructor({ words }, composer, canned, { manage }) {
    Object.assign(this, { words, composer, canned, manage });
    this.found = [];
    this.index = 0;
    this.isFromButton = false;
    this.list = words.setLabel(element("ul", { role: "listbox", id: "canned-list", class: "canned-list" }), "canned");
    this.list.removeAttribute("title");
    this.none = element("p", { class: "hint", role: "status" });
    const edit = words.setText(element("button", { type: "button", class: "button", on: { click: () => this.openDialog() } }), "canned-edit");
    this.root = element("div", { class: "canned-menu", hidden: true }, this.none, this.list, edit);
    this.button = iconButton(words, "canned", "canned-insert", () => this.toggle(), { "aria-expanded": "false", "aria-controls": "canned-menu" });
    this.root.id = "canned-menu";
    this.listen(composer.text);
    composer.attach.after(this.button);
    composer.root.prepend(this.root);
  }

  listen(field) {
    field.setAttribute("aria-autocomplete", "list");
    field.addEventListener("input", () => this.typed());
    field.addEventListener("keydown", (event) => this.press(event), { capture: true });
    document.addEventListener("pointerdown", ({ target }) => this.composer.root.contains(target) || this.close());
    this.composer.root.addEventListener("focusout", ({ relatedTarget }) => relatedTarget && !this.composer.root.contains(relatedTarget) && this.close());
  }

  get isOpen() {
    return !this.root.hidden;
  }

  get command() {
    return COMMAND.exec(this.composer.text.value);
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.open(true);
    this.composer.text.focus();
  }

  typed() {
    if (this.command && this.composer.canWrite) this.open(false);
    else this.close();
  }

  /** Show what is known, and read it anew. */
  async open(isFromButton) {
    const wasOpen = this.isOpen;
    this.isFromButton = isFromButton && !this.command;
    this.root.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.index = 0;
    this.show();
    if (wasOpen) return;
    try {
      await this.canned.load();
      if (this.isOpen) this.show();
    } catch (error) {
      if (this.isOpen) this.none.textContent = error.message;
    }
  }

  close() {
    this.root.hidden = true;
    this.button.setAttribute("aria-expanded", "false");
    for (const name of ["aria-activedescendant", "aria-controls"]) this.composer.text.removeAttribute(name);
  }

  show() {
    this.found = this.canned.find(this.isFromButton ? "" : (this.command?.[1] ?? "")).slice(0, MAX_SHOWN);
    this.index = Math.min(this.index, Math.max(0, this.found.length - 1));
    this.list.replaceChildren(...this.found.map((answer, index) => this.createOption(answer, index)));
    this.list.hidden = !this.found.length;
    this.none.classList.toggle("unseen", this.found.length > 0);
    this.words.setText(this.none, this.found.length ? "canned-found" : "canned-none", { count: this.found.length });
    this.mark();
  }

  createOption({ title, text }, index) {
    const shown = [element("strong", { dir: "auto" }, title), element("span", { dir: "auto" }, text.replace(/\s+/g, " "))];
    const choose = (event) => {
      event.preventDefault(); // the field keeps the focus
      this.choose(index);
    };
    return element("li", { role: "option", id: `canned-${index}`, on: { pointerdown: choose } }, ...shown);
  }

  mark() {
    const { text: field } = this.composer;
    [...this.list.children].forEach((option, index) => option.setAttribute("aria-selected", index === this.index));
    field.setAttribute("aria-controls", "canned-list");
    if (!this.found.length) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", `canned-${this.index}`);
    this.list.children[this.index]?.scrollIntoView({ block: "nearest" });
  }

  press(event) {
    if (!this.isOpen || event.isComposing) return;
    const isChosen = (event.key === "Enter" || event.key === "Tab") && !event.shiftKey && this.found.length > 0;
    if (event.key === "Escape") this.close();
    else if (MOVES[event.key] && this.found.length) this.move(MOVES[event.key]);
    else if (isChosen) this.choose(this.index);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  move(step) {
    this.index = (this.index + step + this.found.length) % this.found.length;
    this.mark();
  }

  /** Insert an answer in place of the "/" with its letters, or where the cursor is. */
  choose(index) {
    const { composer, isFromButton } = this;
    const { text } = this.found[index];
    this.close();
    if (!composer.canWrite) return;
    if (isFromButton) composer.insert(text);
    else composer.insert(text, 0);
    this.close();
  }

  async openDialog() {
    this.close();
    await this.manage();
    this.composer.focus();
  }
}
