/** The dialog with the shop's canned answers: one list, and a form to add or change one. */

import { openPanel } from "/web/frame/dialogs.js";
import { element, iconButton } from "/web/frame/dom.js";

const MAX_TITLE = 200;

/** Show the canned answers until the dialog is closed. */
export function openCannedDialog(page, canned) {
  const dialog = new CannedDialog(page, canned);
  return openPanel(page.words, { title: "canned", children: [dialog.root], isWide: true, begin: () => dialog.load() });
}

class CannedDialog {
  constructor({ words }, canned) {
    Object.assign(this, { words, canned, edited: null });
    this.error = element("p", { class: "error", role: "alert", hidden: true });
    this.list = element("ul", { class: "canned-answers" });
    this.empty = words.setText(element("p", { class: "hint", hidden: true }), "canned-empty");
    this.form = this.createForm();
    this.root = element("div", { class: "canned-dialog" }, words.setText(element("p", { class: "hint" }), "canned-hint"), this.error, this.list, this.empty, this.form);
    this.edit(null);
  }

  createForm() {
    const { words } = this;
    this.heading = element("h3");
    this.title = element("input", { id: "canned-title", maxlength: MAX_TITLE, required: true, dir: "auto" });
    this.text = element("textarea", { id: "canned-text", rows: 4, required: true, dir: "auto" });
    this.save = words.setText(element("button", { type: "submit", class: "button primary" }), "save");
    this.cancel = words.setText(element("button", { type: "button", class: "button", hidden: true, on: { click: () => this.edit(null) } }), "cancel");
    const field = (input, key) => element("div", { class: "field" }, words.setText(element("label", { for: input.id }), key), input);
    const buttons = element("div", { class: "buttons" }, this.cancel, this.save);
    return element("form", { on: { submit: (event) => this.submit(event) } }, this.heading, field(this.title, "canned-title"), field(this.text, "canned-text"), buttons);
  }

  load() {
    return this.guard(() => this.canned.load());
  }

  /** Carry out `action`, and show the answers as they are then, or why it failed. Return whether it succeeded. */
  async guard(action) {
    this.setBusy(true);
    this.error.hidden = true;
    try {
      await action();
      return true;
    } catch (error) {
      this.error.textContent = error.message;
      this.error.hidden = false;
      this.error.scrollIntoView({ block: "nearest" });
      return false;
    } finally {
      this.setBusy(false);
      this.show();
    }
  }

  /** While something is saved nothing is typed, as it would be lost. */
  setBusy(isBusy) {
    this.save.disabled = isBusy;
    for (const input of [this.title, this.text]) input.readOnly = isBusy;
  }

  show() {
    this.list.replaceChildren(...this.canned.answers.map((answer) => this.createItem(answer)));
    this.empty.hidden = this.canned.answers.length > 0;
  }

  createItem(answer) {
    const { words } = this;
    const label = (button, key) => words.setLabel(button, key, { title: answer.title });
    const shown = element("div", {}, element("strong", { dir: "auto" }, answer.title), element("p", { dir: "auto" }, answer.text));
    const change = label(iconButton(words, "rename", "canned-change", () => this.edit(answer)), "canned-change");
    const remove = label(iconButton(words, "remove", "canned-remove", () => this.remove(answer)), "canned-remove");
    return element("li", {}, shown, change, remove);
  }

  /** Fill the form with an answer to change it, or empty it for a new one. */
  edit(answer) {
    this.edited = answer;
    this.words.setText(this.heading, answer ? "canned-edit-one" : "canned-add");
    this.title.value = answer?.title ?? "";
    this.text.value = answer?.text ?? "";
    this.cancel.hidden = !answer;
    if (answer) this.title.focus();
  }

  async submit(event) {
    event.preventDefault();
    if (this.save.disabled) return;
    const given = { title: this.title.value.trim(), text: this.text.value };
    if (!(await this.guard(() => this.canned.save(this.edited?.id, given)))) return;
    this.edit(null);
    this.title.focus();
  }

  /** Delete one. Its words are put into the form, so that a mistake is undone by saving them. */
  async remove(answer) {
    if (!(await this.guard(() => this.canned.remove(answer.id)))) return;
    this.edit(null);
    this.title.value = answer.title;
    this.text.value = answer.text;
    this.words.setText(this.heading, "canned-removed", { title: answer.title });
    this.title.focus();
  }
}
