/** The messages that every set is asked: written part by part, or as JSON. */

import { pastedFiles } from "/web/frame/clipboard.js";
import { element, icon } from "/web/frame/dom.js";
import { Dragging } from "./dragging.js";
import { pictureFiles, readUrl } from "./files.js";
import { moveMessage, movePart, newMessage, nextRole, picturePart, picturesOf, takes, textPart } from "./messages.js";
import { MessageView } from "./message.js";
import { RawView } from "./raw.js";

export class Editor {
  /** `changed()` is called after each change of `messages`. */
  constructor({ words, config }, { changed }) {
    this.words = words;
    this.maxPictures = config.limits.max_images;
    this.actions = { changed };
    this.messages = [newMessage("user")];
    this.root = document.getElementById("messages");
    this.raw = new RawView(words, { changed: (messages) => this.take(messages) });
    this.build();
    this.draw();
    this.catchFiles();
  }

  /** Whether the JSON is wrong, so that nobody knows what is to be asked. */
  get isBroken() {
    return this.isRaw && this.raw.problem !== null;
  }

  get isRaw() {
    return !this.raw.root.hidden;
  }

  build() {
    const { words } = this;
    const tab = (key, isRaw) => {
      const button = element("button", { type: "button", class: "tab", on: { click: () => this.showRaw(isRaw) } });
      return words.say(button, key);
    };
    this.tabs = [tab("as-parts", false), tab("as-json", true)];
    const title = words.say(element("h2", { id: "messages-title" }), "messages");
    const head = element("div", { class: "section-head" }, title, element("div", { class: "tabs" }, ...this.tabs));
    this.list = element("ol", { class: "messages" });
    this.add = element("button", { type: "button", class: "button", on: { click: () => this.addMessage() } }, icon("plus"));
    this.add.append(words.say(element("span"), "add-message"));
    this.notice = element("p", { class: "problem", role: "alert", hidden: true });
    this.form = element("div", { class: "message-form" }, this.list, this.add);
    this.root.append(head, this.notice, this.form, this.raw.root);
    this.showRaw(false);
  }

  showRaw(isRaw) {
    if (this.isBroken) return this.raw.goToProblem();
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

  /** Others than before, from a file or the JSON. */
  take(messages) {
    this.messages = messages;
    this.actions.changed();
  }

  /** A saved dialogue, shown as the one before was. */
  open(messages) {
    this.messages = messages;
    this.raw.tell(null);
    this.showRaw(this.isRaw);
  }

  /** After a change of what there is; `focus` is a selector of what the keyboard goes on from. */
  changed(focus = null) {
    this.notice.hidden = true;
    this.draw();
    if (focus) this.list.querySelector(focus)?.focus();
    this.actions.changed();
  }

  addMessage() {
    this.messages.push(newMessage(nextRole(this.messages)));
    this.changed(`[data-place="${this.messages.length - 1}.0"] textarea`);
  }

  /** At a place that was free, and given back to the keyboard on the same button. */
  move(from, to, button = ".grip") {
    if (from.length === 1) moveMessage(this.messages, from[0], to[0]);
    else if (!takes(this.messages[to[0]], this.messages[from[0]].content[from[1]])) return this.say("msgs-picture-role");
    else movePart(this.messages, from, to);
    this.changed();
    const item = this.list.querySelector(`[data-place="${to.join(".")}"]`);
    const again = item.querySelector(button);
    (again.disabled ? item.querySelector(".raise:enabled, .lower:enabled, .remove") : again).focus();
  }

  addText(message) {
    const { content } = this.messages[message];
    content.push(textPart());
    this.changed(`[data-place="${message}.${content.length - 1}"] textarea`);
  }

  async addPictures(files, message) {
    const { good, bad } = pictureFiles(files);
    const urls = await Promise.all(good.map(readUrl));
    const room = Math.max(0, this.maxPictures - picturesOf(this.messages).length);
    const { content } = this.messages[message];
    const isOpen = content.at(-1)?.text === ""; // a text to be written about them
    content.splice(content.length - (isOpen ? 1 : 0), 0, ...urls.slice(0, room).map(picturePart));
    this.changed();
    if (bad.length) this.say("not-a-picture", { name: bad[0].name });
    else if (urls.length > room) this.say("too-many-pictures", { limit: this.maxPictures });
  }

  say(key, values = {}) {
    this.notice.hidden = false;
    this.words.say(this.notice, key, values);
  }

  catchFiles() {
    const give = (files, message) => {
      if (this.messages[message]?.role === "user") this.addPictures(files, message);
      else this.say("msgs-picture-role");
    };
    new Dragging(this.list, { move: (from, to) => this.move(from, to), give });
    document.addEventListener("paste", (event) => {
      const files = pastedFiles(event);
      if (!files.length || this.isRaw || document.querySelector("dialog")) return;
      event.preventDefault();
      const inside = event.target.closest?.("[data-message]");
      give(files, inside ? Number(inside.dataset.message) : this.messages.findLastIndex(({ role }) => role === "user"));
    });
  }
}
