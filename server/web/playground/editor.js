/** The editor of the messages, as a form or as JSON. All sets are run on the same messages. */

import { getPastedFiles } from "/web/frame/clipboard.js";
import { element, icon } from "/web/frame/dom.js";
import { readAsDataUrl } from "/web/frame/pictures.js";
import { Dragging } from "./dragging.js";
import { splitFiles } from "./files.js";
import { moveMessage, movePart, createMessage, guessNextRole, canContinue, createPicturePart, createDocumentPart, findPictures } from "./messages.js";
import { accepts, createTextPart } from "./messages.js";
import { MessageView } from "./message.js";
import { RawView } from "./raw.js";

export class Editor {
  /** `changed()` is called after each change of `messages`. */
  constructor({ words, config }, { changed }) {
    this.words = words;
    this.maxPictures = config.limits.max_images;
    this.actions = { changed };
    this.messages = [createMessage("user")];
    this.continues = true;
    this.root = document.getElementById("messages");
    this.raw = new RawView(words, { changed: (messages) => this.take(messages) });
    this.build();
    this.draw();
    this.listenForFiles();
  }

  /** Whether the JSON has an error, so that the messages are not known. */
  get isBroken() {
    return this.isRaw && this.raw.error !== null;
  }

  /** The messages, and whether an assistant's last one is continued, as fields of a request. */
  get asked() {
    const { messages, continues } = this;
    return { messages, ...(canContinue(messages) ? { continue_final_message: continues } : {}) };
  }

  get isRaw() {
    return !this.raw.root.hidden;
  }

  build() {
    const { words } = this;
    const tab = (key, isRaw) => {
      const button = element("button", { type: "button", class: "tab", on: { click: () => this.showRaw(isRaw) } });
      return words.setText(button, key);
    };
    this.tabs = [tab("as-parts", false), tab("as-json", true)];
    const title = words.setText(element("h2", { id: "messages-title" }), "messages");
    const head = element("div", { class: "section-head" }, title, element("div", { class: "tabs" }, ...this.tabs));
    this.list = element("ol", { class: "messages" });
    this.add = element("button", { type: "button", class: "button", on: { click: () => this.addMessage() } }, icon("plus"));
    this.add.append(words.setText(element("span"), "add-message"));
    this.notice = element("p", { class: "error", role: "alert", hidden: true });
    this.form = element("div", { class: "message-form" }, this.list, this.add);
    this.root.append(head, this.notice, this.form, this.raw.root);
    this.showRaw(false);
  }

  showRaw(isRaw) {
    if (this.isBroken) return this.raw.selectError();
    if (isRaw) this.raw.show(this.messages);
    else this.draw();
    this.raw.root.hidden = !isRaw;
    this.form.hidden = isRaw;
    this.tabs.forEach((tab, index) => tab.setAttribute("aria-pressed", String(Boolean(index) === isRaw)));
  }

  draw() {
    const views = this.messages.map((_, index) => new MessageView(this.words, this, index).root);
    this.list.replaceChildren(...views);
  }

  /** Replace the messages by those of the JSON view. */
  take(messages) {
    this.messages = messages;
    this.actions.changed();
  }

  /** Show the messages of a saved run, in the view that is open. */
  open(messages, continues) {
    Object.assign(this, { messages, continues });
    this.raw.showError(null);
    this.showRaw(this.isRaw);
  }

  /** Draw the messages again after a change; `focus` is a selector of the element that gets the focus. */
  changed(focus = null) {
    this.notice.hidden = true;
    this.draw();
    if (focus) this.list.querySelector(focus)?.focus();
    this.actions.changed();
  }

  addMessage() {
    this.messages.push(createMessage(guessNextRole(this.messages)));
    this.changed(`[data-place="${this.messages.length - 1}.0"] textarea`);
  }

  /** Move a message or a part, and put the focus on the same button of it again. */
  move(from, to, button = ".grip") {
    if (from.length === 1) moveMessage(this.messages, from[0], to[0]);
    else if (!accepts(this.messages[to[0]], this.messages[from[0]].content[from[1]])) return this.showNotice("msgs-picture-role");
    else movePart(this.messages, from, to);
    this.changed();
    const item = this.list.querySelector(`[data-place="${to.join(".")}"]`);
    const again = item.querySelector(button);
    (again.disabled ? item.querySelector(".raise:enabled, .lower:enabled, .remove") : again).focus();
  }

  addText(message) {
    const { content } = this.messages[message];
    content.push(createTextPart());
    this.changed(`[data-place="${message}.${content.length - 1}"] textarea`);
  }

  async addFiles(files, message) {
    const { pictures, documents, clips } = splitFiles(files);
    const urls = await Promise.all(pictures.map(readAsDataUrl));
    const room = Math.max(0, this.maxPictures - findPictures(this.messages).length);
    const read = async (file) => createDocumentPart(file.name, await readAsDataUrl(file));
    const parts = [...urls.slice(0, room).map(createPicturePart), ...(await Promise.all(documents.map(read)))];
    const { content } = this.messages[message];
    const isOpen = content.at(-1)?.text === ""; // an empty text stays behind the files, for a question about them
    content.splice(content.length - (isOpen ? 1 : 0), 0, ...parts);
    this.changed();
    if (clips.length) this.showNotice("not-a-document", { name: clips[0].name });
    else if (urls.length > room) this.showNotice("too-many-pictures", { limit: this.maxPictures });
  }

  showNotice(key, values = {}) {
    this.notice.hidden = false;
    this.words.setText(this.notice, key, values);
  }

  listenForFiles() {
    const give = (files, message) => {
      if (this.messages[message]?.role === "user") this.addFiles(files, message);
      else this.showNotice("msgs-picture-role");
    };
    new Dragging(this.list, { move: (from, to) => this.move(from, to), give });
    document.addEventListener("paste", (event) => {
      const files = getPastedFiles(event);
      if (!files.length || this.isRaw || document.querySelector("dialog")) return;
      event.preventDefault();
      const inside = event.target.closest?.("[data-message]");
      give(files, inside ? Number(inside.dataset.message) : this.messages.findLastIndex(({ role }) => role === "user"));
    });
  }
}
