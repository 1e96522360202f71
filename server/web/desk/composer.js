/** The form for an answer, with pictures by button, paste and drop. Each session keeps its own draft. */

import { Drafts } from "/web/chat/drafts.js";
import { Drops } from "/web/chat/drops.js";
import { getPastedFiles } from "/web/frame/clipboard.js";
import { element, icon, iconButton } from "/web/frame/dom.js";
import { pickFiles } from "/web/frame/files.js";
import { ACCEPTED } from "/web/frame/pictures.js";
import { Unsent } from "./unsent.js";

const TYPING_MS = 300;
const SHOWS_COUNT = 0.8;
/** From which share of the longest answer on its length is shown. */

export class Composer {
  /** `send(unsent)` sends an answer. */
  constructor(page, { send }) {
    Object.assign(this, { page, words: page.words, send, drafts: new Drafts("desk-draft:"), all: new Map() });
    this.open = null;
    this.isMine = false;
    this.limits = { max_answer_length: 8000, max_pictures: 8 };
    this.draw();
    document.addEventListener("paste", (event) => this.paste(event));
    const addFiles = (files) => this.addFiles(files);
    new Drops({ place: this.root, field: this.text }, { addFiles, addText: (text) => this.canWrite && this.insert(text) });
    addEventListener("pagehide", () => this.open?.keep());
  }

  draw() {
    const { words } = this;
    this.text = element("textarea", { id: "answer", rows: 2, dir: "auto", "aria-describedby": "answer-count", "data-placeholder": "answer-placeholder", on: { input: () => this.typed(), keydown: (event) => this.press(event) } });
    this.notice = element("p", { class: "error", role: "alert", hidden: true });
    this.place = element("div", { class: "tray-place" });
    this.count = element("span", { class: "count", id: "answer-count" });
    this.attach = iconButton(words, "attach", "add-pictures", async () => this.addFiles(await pickFiles(ACCEPTED, true)));
    this.button = element("button", { type: "submit", class: "button primary send" }, words.setText(element("span"), "send"), icon("send"));
    this.tools = element("div", { class: "tools" }, this.attach, this.count, this.button);
    const label = words.setText(element("label", { for: "answer", class: "unseen" }), "answer");
    this.root = element("form", { class: "composer", hidden: true, on: { submit: (event) => this.submit(event) } }, this.place, this.notice, label, this.text, this.tools);
    words.translate(this.root);
  }

  /** Turn to a session, which the person has or not. A draft is shown in either case. */
  turnTo(id, isMine, desk) {
    Object.assign(this, { isMine, limits: desk });
    if (this.open?.id !== id) {
      this.open?.keep();
      this.open = id === null ? null : this.find(id);
      this.text.value = this.open?.text ?? "";
    }
    this.show();
  }

  find(id) {
    if (!this.all.has(id)) {
      const maxPictures = this.limits.max_pictures;
      const unsent = new Unsent(this.page, this.drafts, { id, maxPictures, changed: () => this.changed(unsent) });
      this.all.set(id, unsent);
    }
    return this.all.get(id);
  }

  /** Show what has changed, if it is of the open session. */
  changed(unsent) {
    if (unsent !== this.open) return;
    if (this.text.value.trim() !== unsent.text.trim()) this.text.value = unsent.text;
    this.show();
  }

  get canWrite() {
    return this.open !== null && this.isMine;
  }

  focus() {
    if (matchMedia("(pointer: fine)").matches) this.text.focus();
  }

  paste(event) {
    const pasted = this.canWrite && !document.querySelector("dialog[open]") ? getPastedFiles(event) : [];
    if (pasted.length) event.preventDefault();
    this.addFiles(pasted);
  }

  addFiles(files) {
    if (this.canWrite && files.length) this.open.tray.add(files);
  }

  /** Insert a text in place of the signs from `start` on, or where the cursor is, in a way that can be undone. */
  insert(text, start = this.text.selectionStart) {
    const { text: field } = this;
    const end = field.selectionEnd;
    field.focus();
    field.setSelectionRange(start, end);
    if (document.execCommand("insertText", false, text)) return;
    field.setRangeText(text, start, end, "end");
    this.typed();
  }

  typed() {
    this.open.text = this.text.value;
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.open?.keep(), TYPING_MS);
    this.show();
  }

  press(event) {
    const isComposing = event.isComposing || event.keyCode === 229; // Safari tells only by the code that a word ends
    if (event.key === "Enter" && !event.shiftKey && !isComposing && !event.defaultPrevented) this.submit(event);
  }

  /** Send the answer once, unless it is too long or too large. What fails stays here. */
  async submit(event) {
    event.preventDefault();
    const { open: unsent } = this;
    if (!this.canSend) return;
    unsent.isSending = true;
    unsent.notice = null;
    this.show();
    try {
      await unsent.tray.adding;
      if (await unsent.tray.fit()) await this.send(unsent);
    } finally {
      unsent.isSending = false;
      this.changed(unsent);
    }
  }

  get canSend() {
    return this.canWrite && !this.open.isSending && !this.open.isEmpty && !this.isTooLong;
  }

  get isTooLong() {
    return countSigns(this.open.text) > this.limits.max_answer_length;
  }

  show() {
    const { open: unsent } = this;
    this.root.hidden = unsent === null || (!this.isMine && unsent.isEmpty);
    if (unsent === null) return;
    this.place.replaceChildren(unsent.tray.root);
    this.button.disabled = !this.canSend;
    this.text.readOnly = !this.canWrite || unsent.isSending;
    this.attach.disabled = !this.canWrite || unsent.isSending;
    this.showCount();
    this.showNotice(unsent.notice);
  }

  showCount() {
    const [length, limit] = [countSigns(this.open.text), this.limits.max_answer_length];
    const shown = length > SHOWS_COUNT * limit;
    this.count.classList.toggle("is-over", length > limit);
    if (shown) this.words.setText(this.count, length > limit ? "too-long" : "length", { length, limit });
    else this.count.replaceChildren();
  }

  showNotice(notice) {
    this.notice.hidden = notice === null;
    if (notice?.key) this.words.setText(this.notice, notice.key, notice.values);
    else if (notice) {
      delete this.notice.dataset.text;
      this.notice.textContent = notice.text;
    }
  }
}

/** Count characters as the server does, which are not units of UTF-16. */
function countSigns(text) {
  return [...text.trim()].length;
}
