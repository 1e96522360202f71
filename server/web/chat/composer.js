/** The form for a question, with files by button, camera, paste and drop. What is not sent yet survives a reload. */

import { getPastedFiles } from "/web/frame/clipboard.js";
import { element, icon, iconButton } from "/web/frame/dom.js";
import { ACCEPTED_FILES } from "/web/frame/files.js";
import { Drafts } from "./drafts.js";
import { Drops } from "./drops.js";
import { Picture } from "./pictures.js";
import { Tray } from "./tray.js";

const TYPING_MS = 300;
/** The time after which what was typed is kept. */

export class Composer {
  /**
   * `ask(question)` is called with a text, pictures and clips, `stop()` when the user stops the answer, and
   * `addDocuments(files)` with other files.
   */
  constructor(page, { ask, stop, addDocuments }) {
    this.words = page.words;
    this.api = page.api;
    this.actions = { ask, stop };
    this.drafts = new Drafts();
    this.session = undefined;
    this.unsent = null;
    this.isBusy = false;
    this.root = document.getElementById("composer");
    const tell = (key, values) => this.showNotice(key, values);
    this.tray = new Tray(page, { changed: () => this.trayChanged(), tell, addDocuments });
    this.draw(page.config);
    this.listenForFiles();
    addEventListener("pagehide", () => this.keepDraft());
    this.show();
  }

  draw(config) {
    const { words } = this;
    this.text = element("textarea", { id: "question", rows: 1, dir: "auto", "data-placeholder": "question-placeholder" });
    this.notice = element("p", { class: "error", role: "alert", hidden: true });
    this.action = element("button", { type: "submit", class: "icon-button send" });
    this.profile = this.createProfileSelect(config);
    this.tools = element("div", { class: "tools" }, ...this.createPickers(), this.profile, this.action);
    const label = words.setText(element("label", { for: "question", class: "unseen" }), "question");
    const form = element("form", { class: "composer" }, this.tray.root, this.notice, label, this.text, this.tools);
    form.addEventListener("submit", (event) => this.submit(event));
    this.form = form;
    this.text.addEventListener("input", () => this.typed());
    this.text.addEventListener("keydown", (event) => this.handleKey(event));
    this.root.append(form);
    words.translate(this.root);
  }

  createPickers() {
    const picker = (id, key, name, attributes) => {
      const input = element("input", { id, type: "file", accept: ACCEPTED_FILES, hidden: true, ...attributes });
      input.addEventListener("change", async () => {
        await this.tray.add([...input.files]);
        input.value = "";
      });
      this.words.setLabel(input, key);
      return [input, iconButton(this.words, name, key, () => input.click(), { class: `icon-button ${id}` })];
    };
    return [
      ...picker("pick", "attach", "attach", { multiple: true }),
      ...picker("photo", "camera", "camera", { accept: "image/*", capture: "environment" }),
    ];
  }

  createProfileSelect({ profiles }) {
    const select = element("select", { id: "profile", hidden: profiles.length < 2 });
    const title = (profile) => profile.title[this.words.language];
    const options = profiles.map((profile) => element("option", { value: profile.name }, title(profile)));
    select.append(this.words.setText(element("option", { value: "" }), "profile-default"), ...options);
    this.words.onChange(() => options.forEach((option, i) => (option.textContent = title(profiles[i]))));
    return this.words.setLabel(select, "profile");
  }

  listenForFiles() {
    document.addEventListener("paste", (event) => {
      const pasted = getPastedFiles(event);
      if (pasted.length) event.preventDefault();
      this.tray.add(pasted);
    });
    const addFiles = (files) => this.tray.add(files);
    new Drops({ place: document.getElementById("main"), field: this.text }, { addFiles, addText: (text) => this.insert(text) });
  }

  /** Insert text where the cursor is, in a way that can be undone. */
  insert(text) {
    const { text: field } = this;
    field.focus();
    if (!text || document.execCommand("insertText", false, text)) return;
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    this.typed();
  }

  typed() {
    this.show();
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.keepDraft(), TYPING_MS);
  }

  trayChanged() {
    this.keepDraft();
    this.focus();
  }

  keepDraft() {
    clearTimeout(this.typing);
    if (this.session === undefined) return; // the page has not shown its draft yet
    const { text, pictures, clips } = this.unsent && !this.hasDraft ? this.unsent : this.question;
    const tooLarge = clips.map(() => null); // a draft has no room for clips
    this.drafts.write(this.session, { text, pictures: [...pictures.map(({ kept }) => kept), ...tooLarge] });
  }

  /** Keep a question of which the server has stored nothing yet, so that a reload does not lose it; null where it has. */
  keepUnsent(question) {
    this.unsent = question;
    this.keepDraft();
  }

  /** Keep the draft of the session that was open, and show that of another; null is a new session. */
  turnTo(session) {
    this.keepUnsent(null);
    this.session = session;
    const { text, pictures, isCut } = this.drafts.read(session);
    this.text.value = text;
    this.tray.set(pictures.map((url) => Picture.fromDraft(this.api, url)), []);
    this.showNotice(isCut ? "draft-cut" : null);
    this.show();
  }

  get hasDraft() {
    return Boolean(this.text.value || !this.tray.isEmpty);
  }

  /** The question as it is now. */
  get question() {
    const { pictures, clips } = this.tray;
    return { text: this.text.value, pictures, clips };
  }

  /** Take the draft along into another session, such as the one that the first question has begun. */
  moveTo(session) {
    this.drafts.remove(this.session);
    this.session = session;
    this.keepDraft();
  }

  /** Place the documents of the dialogue: their chips above the question, and the button of their list. */
  place(chips, button) {
    this.form.prepend(chips);
    this.profile.before(button);
  }

  /** Focus the field, but not on a phone, whose keyboard would hide half of the page. */
  focus() {
    if (matchMedia("(pointer: fine)").matches) this.text.focus();
  }

  showNotice(key, values = {}) {
    this.notice.hidden = key === null;
    if (key !== null) this.words.setText(this.notice, key, values);
  }

  /** Show an error message, which a change of the language does not translate. */
  showError(message) {
    this.notice.hidden = false;
    this.notice.textContent = message;
    delete this.notice.dataset.text;
  }

  handleKey(event) {
    // Enter that ends a word in an input method sends nothing; Safari reports that only by the key code
    const isComposing = event.isComposing || event.keyCode === 229;
    if (event.key === "Enter" && !event.shiftKey && !isComposing) this.submit(event);
    if (event.key === "Escape" && this.isBusy) this.actions.stop();
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
    const { question } = this;
    this.text.value = "";
    this.tray.set([], []);
    this.keepDraft();
    this.show();
    this.actions.ask({ ...question, text });
  }

  /** Make the field as high as its text, in browsers without `field-sizing`. */
  resizeText() {
    if (CSS.supports("field-sizing", "content")) return;
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight}px`;
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
    this.resizeText();
  }
}
