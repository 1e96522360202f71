/** One message: its role, its parts, and buttons that add, move and remove them. */

import { element, icon, iconButton } from "/web/frame/dom.js";
import { ACCEPTED_DOCUMENTS, pickFiles } from "/web/frame/files.js";
import { ROLES, canContinue, isText, findStep } from "./messages.js";
import { createPartView } from "./part.js";

export class MessageView {
  /** `editor` has the messages, and carries out the actions of the buttons. */
  constructor(words, editor, index) {
    Object.assign(this, { words, editor, index });
    this.message = editor.messages[index];
    const parts = this.message.content.map((_, part) => this.createPart(part));
    const end = element("li", { class: "part-end", "data-place": `${index}.${parts.length}`, "aria-hidden": "true" });
    const list = element("ol", { class: "parts" }, ...parts, end);
    const attributes = { class: "message", "data-place": String(index), "data-message": String(index) };
    this.root = element("li", attributes, this.createHead(), list, this.createTools());
  }

  get number() {
    return this.index + 1;
  }

  createHead() {
    const { editor, index, number } = this;
    const step = (by) => () => editor.move([index], [index + by], by < 0 ? ".raise" : ".lower");
    const isLast = number === editor.messages.length;
    const buttons = [
      this.createButton("raise", "message-up", step(-1), { disabled: index === 0 }),
      this.createButton("lower", "message-down", step(1), { disabled: isLast }),
      this.createButton("remove", "message-remove", () => this.remove(), { disabled: editor.messages.length === 1 }),
    ];
    return element("div", { class: "message-head" }, this.createGrip(), this.createRoleSelect(), ...buttons);
  }

  createButton(name, key, click, attributes = {}, values = {}) {
    const button = iconButton(this.words, name, key, click, { class: `icon-button ${name}`, ...attributes });
    return this.words.setLabel(button, key, { message: this.number, ...values });
  }

  /** Create the handle for the mouse; the buttons beside it do the same. */
  createGrip() {
    return element("span", { class: "grip", draggable: "true", "aria-hidden": "true" }, icon("grip"));
  }

  createRoleSelect() {
    const { words, message } = this;
    const isUsers = !message.content.every(isText);
    const options = ROLES.map((role) =>
      element("option", { value: role, selected: role === message.role, disabled: isUsers && role !== "user" }, role),
    );
    const select = element("select", { class: "role" }, ...options);
    select.addEventListener("change", () => {
      message.role = select.value;
      this.editor.changed(`[data-message="${this.index}"] .role`);
    });
    return words.setLabel(select, "message-role", { message: this.number });
  }

  createPart(index) {
    const place = [this.index, index];
    const at = { message: this.number, part: index + 1 };
    const step = (by) => {
      const to = findStep(this.editor.messages, place, by);
      const name = by < 0 ? "raise" : "lower";
      const click = () => this.editor.move(place, to, `.${name}`);
      return this.createButton(name, by < 0 ? "part-up" : "part-down", click, { disabled: to === null }, at);
    };
    const remove = this.createButton("remove", "part-remove", () => this.removePart(index), {}, at);
    const view = createPartView(this.words, this.message.content[index], at, () => this.editor.actions.changed());
    const buttons = element("div", { class: "part-buttons" }, step(-1), step(1), remove);
    return element("li", { class: "part", "data-place": place.join(".") }, this.createGrip(), view, buttons);
  }

  removePart(index) {
    this.message.content.splice(index, 1);
    this.editor.changed(`[data-message="${this.index}"] .add-text`);
  }

  remove() {
    this.editor.messages.splice(this.index, 1);
    const next = Math.min(this.index, this.editor.messages.length - 1);
    this.editor.changed(`[data-message="${next}"] .role`);
  }

  createTools() {
    const { editor, index, message } = this;
    const add = (accept) => async () => editor.addFiles(await pickFiles(accept, true), index);
    const picture = this.createAddButton("picture", "add-picture", add("image/*"));
    const file = this.createAddButton("document", "add-document", add(ACCEPTED_DOCUMENTS));
    const text = this.createAddButton("text", "add-text", () => editor.addText(index));
    const isContinued = index === editor.messages.length - 1 && canContinue(editor.messages);
    if (message.role === "user") return element("div", { class: "message-tools" }, text, picture, file);
    return element("div", { class: "message-tools" }, text, isContinued ? this.createContinueSwitch() : null);
  }

  /** Create the check box that decides between an answer that goes on here and a new one. */
  createContinueSwitch() {
    const { editor, words } = this;
    const input = element("input", { type: "checkbox", class: "continues", checked: editor.continues });
    input.addEventListener("change", () => {
      editor.continues = input.checked;
      editor.actions.changed();
    });
    return element("label", { class: "check" }, input, words.setText(element("span"), "continue"));
  }

  createAddButton(name, key, click) {
    const button = element("button", { type: "button", class: `button small ${key}`, on: { click } }, icon(name));
    button.append(this.words.setText(element("span"), key));
    return button;
  }
}
