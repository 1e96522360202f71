/** The form for a question, with pictures by button, camera, paste and drop. */

import { getPastedFiles } from "/web/frame/clipboard.js";
import { element, icon, iconButton } from "/web/frame/dom.js";
import { Picture, isPicture } from "./pictures.js";
import { createThumbnails } from "./thumbnails.js";

const MB = 2 ** 20;
const BASE64_GROWTH = 4 / 3;
const BODY_REST = 0.98;
/** The share of the body limit that pictures can take. */

export class Composer {
  /** `ask(text, pictures)` is called with a question, `stop()` when the user stops the answer. */
  constructor({ words, config }, { ask, stop }) {
    this.words = words;
    this.limits = config.limits;
    this.actions = { ask, stop };
    this.pictures = [];
    this.adding = Promise.resolve();
    this.isBusy = false;
    this.root = document.getElementById("composer");
    this.draw(config);
    this.listenForFiles(document.getElementById("main"));
    this.show();
  }

  draw(config) {
    const { words } = this;
    this.text = element("textarea", { id: "question", rows: 1, "data-placeholder": "question-placeholder" });
    this.tray = element("div", { class: "tray", hidden: true });
    this.notice = element("p", { class: "error", role: "alert", hidden: true });
    this.action = element("button", { type: "submit", class: "icon-button send" });
    this.profile = this.createProfileSelect(config);
    const tools = element("div", { class: "tools" }, ...this.createPickers(), this.profile, this.action);
    const label = words.setText(element("label", { for: "question", class: "unseen" }), "question");
    const form = element("form", { class: "composer" }, this.tray, this.notice, label, this.text, tools);
    form.addEventListener("submit", (event) => this.submit(event));
    this.text.addEventListener("input", () => this.show());
    this.text.addEventListener("keydown", (event) => this.handleKey(event));
    this.root.append(form);
    words.translate(this.root);
  }

  createPickers() {
    const picker = (id, key, name, attributes) => {
      const input = element("input", { id, type: "file", accept: "image/*", hidden: true, ...attributes });
      input.addEventListener("change", async () => {
        await this.add([...input.files]);
        input.value = "";
      });
      this.words.setLabel(input, key);
      return [input, iconButton(this.words, name, key, () => input.click(), { class: `icon-button ${id}` })];
    };
    return [
      ...picker("pick", "attach", "attach", { multiple: true }),
      ...picker("photo", "camera", "camera", { capture: "environment" }),
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

  listenForFiles(place) {
    const setDropping = (isOver) => place.classList.toggle("is-dropping", isOver);
    document.addEventListener("paste", (event) => {
      const pasted = getPastedFiles(event);
      if (pasted.length) event.preventDefault();
      this.add(pasted);
    });
    place.addEventListener("dragover", (event) => {
      event.preventDefault();
      setDropping(true);
    });
    place.addEventListener("dragleave", (event) => place.contains(event.relatedTarget) || setDropping(false));
    place.addEventListener("drop", (event) => {
      event.preventDefault();
      setDropping(false);
      this.add([...event.dataTransfer.files]);
    });
  }

  /** Add files, one after another: shrinking a large photo takes time, and a question waits for it. */
  add(files) {
    const take = () => this.take(files);
    this.adding = this.adding.then(take, take);
    return this.adding;
  }

  async take(files) {
    const { max_images: limit } = this.limits;
    this.showNotice(null);
    for (const file of files) {
      if (!isPicture(file)) this.showNotice("not-a-picture", { name: file.name });
      else if (this.pictures.length >= limit) this.showNotice("too-many-pictures", { limit });
      else this.pictures.push(await Picture.fromFile(file));
    }
    this.show();
    if (files.length) this.focus();
  }

  remove(picture) {
    this.pictures = this.pictures.filter((other) => other !== picture);
    URL.revokeObjectURL(picture.url);
    this.show();
    this.focus();
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
    await this.adding;
    if (this.isBusy) {
      if (event.type === "submit") this.actions.stop();
      return;
    }
    const text = this.text.value.trim();
    if (!text || !(await this.checkSize())) return;
    const pictures = this.pictures;
    this.text.value = "";
    this.pictures = [];
    this.show();
    this.actions.ask(text, pictures);
  }

  async checkSize() {
    const sizes = await Promise.all(this.pictures.map((picture) => picture.size()));
    const size = sizes.reduce((sum, one) => sum + one, 0);
    const limit = (this.limits.max_body_bytes * BODY_REST) / BASE64_GROWTH;
    const values = { size: Math.ceil(size / MB), limit: Math.floor(limit / MB) };
    this.showNotice(size > limit ? "too-large" : null, values);
    return size <= limit;
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
    this.tray.hidden = !this.pictures.length;
    this.tray.replaceChildren(...createThumbnails(words, this.pictures, (picture) => this.remove(picture)));
  }
}
