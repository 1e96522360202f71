/** The list of collections, and the head of the chosen one with its counts. */

import { openForm } from "/web/frame/dialogs.js";
import { element, iconButton } from "/web/frame/dom.js";
import { formatValue } from "/web/ops/formats.js";
import { Waiting } from "./waiting.js";

const COUNTS = ["documents", "reading", "failed", "passages", "faqs", "entities"];
const MAX_NAME = 64;
const MAX_TITLE = 200;

export class Collections {
  /** `chosen(name)` is called when another collection is shown; its name is null where there is none. */
  constructor(page, { chosen }) {
    Object.assign(this, { page, words: page.words, actions: { chosen }, all: [], name: undefined });
    const { words } = page;
    this.waiting = new Waiting(page);
    this.names = element("ul", { class: "collection-list" });
    this.empty = words.setText(element("p", { class: "hint", hidden: true }), "no-collections");
    const add = words.setText(element("button", { type: "button", class: "button", id: "make", on: { click: () => this.make() } }), "make");
    const heading = words.setText(element("h2"), "collections");
    this.list = element("section", { class: "panel", id: "collections" }, heading, this.waiting.root, this.empty, this.names, add);
    this.title = element("h2", { dir: "auto", id: "collection-title" });
    this.code = element("code");
    this.counts = element("dl", { class: "tiles" });
    const buttons = element("div", { class: "row-buttons" },
      iconButton(words, "rename", "retitle", () => this.retitle()), iconButton(words, "remove", "delete-collection", () => this.remove()));
    this.head = element("section", { class: "panel", hidden: true, "aria-labelledby": "collection-title" },
      element("div", { class: "collection-head" }, element("div", {}, this.title, this.code), buttons), this.counts);
  }

  get current() {
    return this.all.find(({ name }) => name === this.name) ?? null;
  }

  /** Read the list, and return whether that succeeded. `wanted` is the name of the collection to show, if it is there. */
  async load(wanted = this.name) {
    const read = () => this.page.api.json("/collections");
    return this.waiting.run(read, ({ collections }) => {
      this.page.refusal.hide();
      this.all = collections;
      this.choose(collections.some(({ name }) => name === wanted) ? wanted : collections[0]?.name ?? null);
    });
  }

  choose(name) {
    const isOther = name !== this.name;
    this.name = name;
    this.show();
    if (isOther) this.actions.chosen(name);
  }

  show() {
    const focused = document.activeElement?.closest?.("#collections li")?.dataset.name;
    this.empty.hidden = this.all.length > 0;
    this.names.replaceChildren(...this.all.map((collection) => this.createItem(collection)));
    if (focused !== undefined) [...this.names.children].find((item) => item.dataset.name === focused)?.firstChild.focus();
    this.showHead();
  }

  createItem({ name, title, documents, reading, failed }) {
    const { words } = this;
    const count = (value) => formatValue(words, "count", value);
    const parts = [words.text("num-documents", { count: count(documents) })];
    if (reading) parts.push(words.text("num-reading", { count: count(reading) }));
    if (failed) parts.push(words.text("num-failed", { count: count(failed) }));
    const current = name === this.name ? "true" : null;
    const button = element("button", { type: "button", "aria-current": current, on: { click: () => this.choose(name) } },
      element("span", { class: "collection-name", dir: "auto" }, title ?? name), element("span", { class: "hint" }, parts.join(" · ")));
    return element("li", { "data-name": name }, button);
  }

  showHead() {
    const { current, words } = this;
    this.head.hidden = current === null;
    if (current === null) return;
    this.title.textContent = current.title ?? current.name;
    this.code.textContent = current.name;
    this.code.hidden = current.title === null;
    this.counts.replaceChildren(...COUNTS.map((key) => {
      const isBad = key === "failed" && current.failed > 0;
      const value = element("dd", { "data-count": key, class: isBad ? "is-bad" : null }, formatValue(words, "count", current[key]));
      return element("div", { class: "tile" }, words.setText(element("dt"), `count-${key}`), value);
    }));
  }

  async make() {
    const name = this.createField("collection-name", { required: true, maxlength: MAX_NAME, autocomplete: "off", spellcheck: "false" });
    const title = this.createField("collection-shown", { maxlength: MAX_TITLE, autocomplete: "off" });
    const hint = this.words.setText(element("p", { class: "hint" }), "collection-name-hint");
    const read = () => ({ name: name.input.value.trim(), title: title.input.value.trim() || null });
    const given = await openForm(this.words, { title: "make", fields: [name.root, hint, title.root], submit: "make-it", read });
    if (!given?.name) return;
    if (this.all.some(({ name }) => name === given.name)) return this.waiting.fail({ message: this.words.text("name-taken", { name: given.name }) });
    await this.change("PUT", given.name, { title: given.title }, given.name);
  }

  async retitle() {
    const { name, title } = this.current;
    const field = this.createField("collection-shown", { maxlength: MAX_TITLE, value: title ?? "", autocomplete: "off" });
    const hint = this.words.setText(element("p", { class: "hint" }), "title-hint");
    const read = () => ({ title: field.input.value.trim() || null });
    const given = await openForm(this.words, { title: "retitle", fields: [field.root, hint], submit: "save-it", read });
    if (given !== null) await this.change("PUT", name, given);
  }

  async remove() {
    const { name, title, documents } = this.current;
    const why = this.words.setText(element("p", { dir: "auto" }), "delete-collection-why", { name: title ?? name, count: documents });
    const form = { title: "delete-collection", fields: [why], submit: "delete-it", isDanger: true, read: () => true };
    if (await openForm(this.words, form)) await this.change("DELETE", name);
  }

  /** Change a collection, then read the list again, and show `wanted`. */
  async change(method, name, body, wanted = this.name) {
    const isDone = await this.waiting.run(() => this.page.api.change(method, `/collections/${encodeURIComponent(name)}`, body));
    if (isDone) await this.load(wanted);
  }

  createField(key, attributes) {
    const input = element("input", { id: key, dir: "auto", ...attributes });
    const label = this.words.setText(element("label", { for: key }), key);
    return { input, root: element("div", { class: "field" }, label, input) };
  }
}
