/** The documents beside the question: those that are on their way, being read, new, or that could not be read. */

import { element, icon, iconButton } from "/web/frame/dom.js";

export class Chips {
  /** `documents` are those of the dialogue; `open(entry)` shows one. */
  constructor(words, documents, { open }) {
    Object.assign(this, { words, documents, actions: { open } });
    this.chips = new Map();
    this.list = element("ul", { class: "chips" });
    this.news = element("p", { class: "unseen", role: "status" });
    this.root = element("div", { class: "chips-area" }, this.list, this.news);
    words.setLabel(this.list, "documents");
    words.onChange(() => this.show());
    documents.onChange(() => this.show());
    this.show();
  }

  show() {
    const entries = this.documents.shown.filter(({ isPending }) => isPending);
    for (const entry of [...this.chips.keys()]) if (!entries.includes(entry)) this.remove(entry);
    for (const entry of entries) {
      if (!this.chips.has(entry)) this.add(entry);
      this.chips.get(entry).show(entry);
    }
    this.order(entries);
    this.list.hidden = !entries.length;
  }

  /** Bring the chips into the order of the documents, without touching those in place: that would cost them the focus. */
  order(entries) {
    entries.forEach((entry, index) => {
      const { root } = this.chips.get(entry);
      if (this.list.children[index] !== root) this.list.insertBefore(root, this.list.children[index]);
    });
  }

  add(entry) {
    const tell = (key, values) => this.words.setText(this.news, key, values);
    const chip = new Chip(this.words, this.documents, entry, { ...this.actions, tell });
    this.chips.set(entry, chip);
    this.list.append(chip.root);
  }

  remove(entry) {
    this.chips.get(entry).root.remove();
    this.chips.delete(entry);
  }
}

class Chip {
  constructor(words, documents, entry, { open, tell }) {
    Object.assign(this, { words, tell, state: null });
    const button = (name, key, click) => iconButton(words, name, key, click);
    this.name = element("button", { type: "button", class: "chip-name", dir: "auto", on: { click: () => open(entry) } });
    this.status = element("span", { class: "chip-status" });
    this.bar = element("progress", { max: 1 });
    this.error = element("span", { class: "chip-error", dir: "auto" });
    this.unlock = button("lock", "password-give", () => documents.unlock(entry));
    this.again = button("retry", "document-again", () => documents.retry(entry));
    const remove = button("close", "document-remove", () => documents.remove(entry));
    this.buttons = [this.unlock, this.again, remove];
    const text = element("div", { class: "chip-text" }, this.name, this.status, this.bar, this.error);
    this.root = element("li", { class: "chip" }, icon("document"), text, ...this.buttons);
  }

  show(entry) {
    const { words } = this;
    const { name, state, done, error, isMoving } = entry;
    this.root.dataset.state = state;
    if (this.name.textContent !== name) this.showName(name);
    this.name.disabled = !entry.isOpen;
    words.setText(this.status, ...entry.status);
    this.bar.hidden = !isMoving;
    if (done === null) this.bar.removeAttribute("value");
    else this.bar.value = done;
    this.error.hidden = !error;
    this.error.textContent = error ?? "";
    this.unlock.hidden = state !== "locked";
    this.again.hidden = state !== "refused" || !entry.canRetry;
    if (state !== this.state) this.announce(entry);
  }

  showName(name) {
    this.name.textContent = name;
    this.name.title = name;
    this.words.setLabel(this.bar, "document-progress", { name });
    for (const button of this.buttons) this.words.setLabel(button, button.dataset.label, { name });
  }

  /** Tell a screen reader of the end of what was going on; the steps to it would be too many. */
  announce({ name, state, status: [key, values], isMoving }) {
    const isFirst = this.state === null;
    this.state = state;
    if (isMoving || isFirst) return;
    this.tell("document-news", { name, status: this.words.text(key, values) });
  }
}
