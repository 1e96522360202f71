/** One entity: its names and attributes with their sources, and what is around it as a drawing and as a table. */

import { element, iconButton } from "/web/frame/dom.js";
import { Table } from "/web/ops/table.js";
import { Drawing } from "./drawing.js";
import { createSigned } from "./kinds.js";
import { describeSource, nameCode } from "./sources.js";
import { Waiting } from "./waiting.js";

const STEPS = [1, 2];

export class EntityView {
  /** `chosen(key)` is called when somebody walks on to another entity. */
  constructor(page, { chosen }) {
    Object.assign(this, { page, words: page.words, actions: { chosen }, visited: [], graph: null });
    const { words } = this;
    this.waiting = new Waiting(page);
    this.title = element("h3", { tabindex: "-1" });
    this.names = element("p", { class: "hint", dir: "auto" });
    this.back = iconButton(words, "previous", "back", () => this.goBack());
    this.steps = element("select", { id: "steps", on: { change: () => this.reload() } }, ...STEPS.map((steps) => words.setText(element("option", { value: steps }), `steps-${steps}`)));
    const label = words.setText(element("label", { for: "steps" }), "steps-label");
    this.cut = words.setText(element("p", { class: "cut", role: "status", hidden: true }), "is-cut");
    this.alone = words.setText(element("p", { class: "hint", hidden: true }), "alone");
    this.drawing = new Drawing(words, { chosen });
    this.createTables();
    const head = element("div", { class: "entity-head" }, this.back, element("div", { class: "entity-title" }, this.title, this.names), element("div", { class: "choice" }, label, this.steps));
    this.body = element("div", { class: "entity-body", hidden: true }, head, this.cut, this.alone, this.drawing.root, this.attributes.root, this.edges.root);
    this.hint = words.setText(element("p", { class: "hint" }), "choose-entity");
    this.root = element("div", { class: "entity" }, this.waiting.root, this.hint, this.body);
  }

  createTables() {
    const { words } = this;
    const source = ({ document_name: name, page }) => element("span", { class: "source", dir: "auto" }, describeSource(words, { name, page }));
    const text = (key) => (row) => element("span", { dir: "auto" }, row[key]);
    const node = (key) => (row) => this.createLink(row[key]);
    this.attributes = new Table(words, { title: "attributes", empty: "no-attributes", columns: { "attribute": text("name"), "value": text("value"), "source": source } });
    this.edges = new Table(words, { title: "relations", hint: "relations-hint", empty: "alone", columns: {
      "from": node("from"), "relation": (row) => nameCode(words, "relation-", row.kind), "to": node("to"), "steps": ({ steps }) => String(steps), "source": source,
    } });
  }

  /** Return a button that walks on to an entity; the one that is shown is only named. */
  createLink(key) {
    const { entity, nodes } = this.graph;
    const { kind, name } = nodes.find((node) => node.key === key) ?? { kind: "", name: key };
    if (key === entity.key) return createSigned(kind, name);
    return element("button", { type: "button", class: "link", on: { click: () => this.actions.chosen(key) } }, createSigned(kind, name));
  }

  turnTo(collection) {
    Object.assign(this, { collection, visited: [], graph: null });
    this.waiting.clear();
    this.body.hidden = true;
    this.hint.hidden = false;
  }

  open(key) {
    if (this.visited.at(-1) !== key) this.visited.push(key);
    return this.reload(true);
  }

  goBack() {
    this.visited.pop();
    this.actions.chosen(this.visited.at(-1));
  }

  /** Read the entity again, if there is one. With `isWalked` the focus goes to its name: what had it may be gone. */
  async reload(isWalked = false) {
    const key = this.visited.at(-1);
    if (key === undefined) return;
    const query = new URLSearchParams({ key, steps: this.steps.value });
    const read = () => this.page.api.json(`/graph/${encodeURIComponent(this.collection)}/entity?${query}`);
    this.hint.hidden = true;
    const isRead = await this.waiting.run(read, (graph) => this.show(graph));
    if (isRead && isWalked) this.title.focus({ preventScroll: true });
  }

  show(graph) {
    this.graph = graph;
    const { entity, edges } = graph;
    const { words } = this;
    this.body.hidden = false;
    this.title.replaceChildren(createSigned(entity.kind, entity.name));
    const names = entity.names.filter((name) => name !== entity.name && name !== entity.key);
    this.names.textContent = [nameCode(words, "kind-", entity.kind), entity.key, ...names].join(" · ");
    this.back.hidden = this.visited.length < 2;
    this.cut.hidden = !graph.is_cut;
    this.alone.hidden = edges.length > 0;
    this.drawing.root.hidden = !edges.length;
    this.attributes.show(entity.attributes);
    this.edges.root.hidden = !edges.length;
    this.edges.shown = null; // the same rows may have other names now
    this.edges.show(edges);
    if (edges.length) this.drawing.show(graph);
  }
}
