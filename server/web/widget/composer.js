/** The form for a question in the chat window: a text, pictures and a clip. */

import { getPastedFiles } from "/web/frame/clipboard.js";
import { element, icon, iconButton } from "/web/frame/dom.js";
import { ACCEPTED_FILES } from "/web/frame/files.js";
import { Tray } from "/web/chat/tray.js";

const PICTURES_AND_CLIPS = ACCEPTED_FILES.split(",").filter((type) => !type.startsWith(".")).join(",");

export class Composer {
  /** `ask(question)` is called with a text, pictures and clips, `stop()` when the customer stops the answer. */
  constructor(page, { ask, stop }) {
    this.words = page.words;
    this.actions = { ask, stop };
    this.isBusy = false;
    this.unsent = null;
    this.profile = { value: "" }; // customers choose none
    this.root = document.getElementById("composer");
    const tell = (key, values) => this.showNotice(key, values);
    const addDocuments = ([{ name }]) => this.showNotice("no-documents-here", { name });
    this.tray = new Tray(page, { changed: () => this.focus(), tell, addDocuments });
    this.draw();
    this.show();
  }

  draw() {
    const { words } = this;
    this.text = element("textarea", { id: "question", rows: 1, dir: "auto", "data-placeholder": "question-placeholder" });
    this.notice = element("p", { class: "error", role: "alert", hidden: true });
    this.action = element("button", { type: "submit", class: "icon-button send" });
    const tools = element("div", { class: "tools" }, ...this.createPicker(), this.action);
    const label = words.setText(element("label", { for: "question", class: "unseen" }), "question");
    const form = element("form", { class: "composer" }, this.tray.root, this.notice, label, this.text, tools);
    form.addEventListener("submit", (event) => this.submit(event));
    this.text.addEventListener("input", () => this.show());
    this.text.addEventListener("keydown", (event) => this.handleKey(event));
    document.addEventListener("paste", (event) => this.paste(event));
    this.root.append(form);
    words.translate(this.root);
  }

  createPicker() {
    const input = element("input", { id: "pick", type: "file", accept: PICTURES_AND_CLIPS, multiple: true, hidden: true });
    input.addEventListener("change", async () => {
      await this.tray.add([...input.files]);
      input.value = "";
    });
    this.words.setLabel(input, "attach");
    return [input, iconButton(this.words, "attach", "attach", () => input.click())];
  }

  paste(event) {
    const pasted = getPastedFiles(event);
    if (pasted.length) event.preventDefault();
    this.tray.add(pasted);
  }

  /** Focus the field, but not on a phone, whose keyboard would hide half of the window. */
  focus() {
    if (matchMedia("(pointer: fine)").matches) this.text.focus();
  }

  showNotice(key, values = {}) {
    this.notice.hidden = key === null;
    if (key !== null) this.words.setText(this.notice, key, values);
  }

  showError(message) {
    this.notice.hidden = false;
    this.notice.textContent = message;
    delete this.notice.dataset.text;
  }

  handleKey(event) {
    // Enter that ends a word in an input method sends nothing; Safari reports that only by the key code
    const isComposing = event.isComposing || event.keyCode === 229;
    if (event.key === "Enter" && !event.shiftKey && !isComposing) this.submit(event);
  }

  async submit(event) {
    event.preventDefault();
    await this.tray.adding;
    if (this.isBusy) {
      if (event.type === "submit") this.actions.stop();
      return;
    }
    const text = this.text.value.trim();
    if (!text || !(await this.tray.fit())) return;
    const { pictures, clips } = this.tray;
    this.empty();
    this.actions.ask({ text, pictures, clips });
  }

  /** Forget what is not sent. */
  empty() {
    this.text.value = "";
    this.tray.set([], []);
    this.showNotice(null);
    this.show();
  }

  /** Note a question of which the server has stored nothing yet; null where it has. */
  keepUnsent(question) {
    this.unsent = question;
  }

  /** Write a question again, such as one that was sent with the token of somebody else. */
  restore({ text, pictures, clips }) {
    this.text.value = text;
    this.tray.set(pictures, clips);
    this.show();
  }

  turnTo() {
    this.keepUnsent(null);
  }

  moveTo() {
    this.keepUnsent(null);
  }

  setBusy(isBusy) {
    this.isBusy = isBusy;
    this.show();
  }

  show() {
    const { words } = this;
    this.action.replaceChildren(icon(this.isBusy ? "stop" : "send"));
    words.setLabel(this.action, this.isBusy ? "stop" : "send");
    this.action.disabled = !this.isBusy && !this.text.value.trim();
    if (CSS.supports("field-sizing", "content")) return;
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight}px`;
  }
}
