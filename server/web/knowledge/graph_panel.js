/** The view of the product graph: finding an entity, and walking from one to the next. */

import { element } from "/web/frame/dom.js";
import { formatValue } from "/web/ops/formats.js";
import { EntityView } from "./entity_view.js";
import { createSigned } from "./kinds.js";
import { nameCode } from "./sources.js";
import { Waiting } from "./waiting.js";

const PAGE = 50;
const MAX_SEARCH = 100;

export class GraphPanel {
  constructor(page) {
    Object.assign(this, { page, words: page.words, name: null, kinds: {}, entities: [], cursor: null, chosen: null });
    const { words } = this;
    this.waiting = new Waiting(page);
    this.search = element("input", { id: "entity-search", type: "search", dir: "auto", maxlength: MAX_SEARCH, autocomplete: "off" });
    this.kind = element("select", { id: "entity-kind", on: { change: () => this.read() } });
    const label = (id, key) => words.setText(element("label", { for: id }), key);
    const send = words.setText(element("button", { type: "submit", class: "button primary" }), "find-entity");
    const form = element("form", { class: "search", role: "search", on: { submit: (event) => this.submit(event) } },
      element("div", { class: "field grows" }, label("entity-search", "entity-search"), this.search),
      element("div", { class: "choice" }, label("entity-kind", "entity-kind"), this.kind), send);
    this.list = words.setLabel(element("ul", { class: "entity-list" }), "entities");
    this.list.removeAttribute("title");
    this.empty = element("p", { class: "hint", role: "status", hidden: true });
    this.more = words.setText(element("button", { type: "button", class: "button", hidden: true, on: { click: () => this.readMore() } }), "more");
    this.view = new EntityView(page, { chosen: (key) => this.choose(key) });
    const side = element("div", { class: "entity-side" }, this.waiting.root, this.empty, this.list, this.more);
    this.root = element("div", { class: "view" }, form, element("div", { class: "graph" }, side, this.view.root));
  }

  turnTo(name) {
    Object.assign(this, { name, kinds: {}, entities: [], cursor: null, chosen: null });
    this.search.value = "";
    this.showKinds("");
    this.list.replaceChildren();
    this.empty.hidden = true;
    this.more.hidden = true;
    this.waiting.clear();
    this.view.turnTo(name);
  }

  async load() {
    await this.read();
    this.view.reload();
  }

  submit(event) {
    event.preventDefault();
    this.read();
  }

  read() {
    return this.waiting.run(() => this.request(null), (found) => this.take([], found));
  }

  readMore() {
    return this.waiting.run(() => this.request(this.cursor), (found) => this.take(this.entities, found));
  }

  request(cursor) {
    const q = this.search.value.trim();
    const query = new URLSearchParams({ limit: PAGE, ...(q && { q }), ...(this.kind.value && { kind: this.kind.value }), ...(cursor && { cursor }) });
    return this.page.api.json(`/graph/${encodeURIComponent(this.name)}?${query}`);
  }

  take(before, { kinds, entities, next_cursor: cursor }) {
    Object.assign(this, { kinds, entities: [...before, ...entities], cursor });
    this.showKinds(this.kind.value);
    this.show();
  }

  showKinds(chosen) {
    const { words } = this;
    const all = element("option", { value: "" }, words.text("all-kinds"));
    const options = Object.entries(this.kinds).map(([kind, count]) => element("option", { value: kind },
      words.text("kind-count", { kind: nameCode(words, "kind-", kind), count: formatValue(words, "count", count) })));
    this.kind.replaceChildren(all, ...options);
    this.kind.value = Object.hasOwn(this.kinds, chosen) ? chosen : "";
  }

  show() {
    this.list.replaceChildren(...this.entities.map((entity) => this.createItem(entity)));
    const isNone = !Object.keys(this.kinds).length;
    this.empty.textContent = this.words.text(isNone ? "no-graph" : "no-entities");
    this.empty.hidden = this.entities.length > 0;
    this.view.root.hidden = isNone;
    this.more.hidden = this.cursor === null;
  }

  createItem({ key, kind, name }) {
    const about = [nameCode(this.words, "kind-", kind), ...(name === key ? [] : [key])].join(" · ");
    const button = element("button", { type: "button", "aria-current": key === this.chosen ? "true" : null, "data-key": key, on: { click: () => this.choose(key) } },
      createSigned(kind, name), element("span", { class: "hint", dir: "auto" }, about));
    return element("li", {}, button);
  }

  choose(key) {
    this.chosen = key;
    for (const button of this.list.querySelectorAll("button")) {
      if (button.dataset.key === key) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    this.view.open(key);
  }
}
