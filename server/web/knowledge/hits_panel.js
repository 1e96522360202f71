/** The hit test: what the chat would find for a question. */

import { element } from "/web/frame/dom.js";
import { Found } from "./found.js";
import { Waiting } from "./waiting.js";

const LIMITS = [5, 8, 20, 50];
const USUAL = 8;
const MAX_QUESTION = 2000;

export class HitsPanel {
  constructor(page) {
    Object.assign(this, { page, words: page.words, name: null, shown: null });
    const { words } = this;
    this.waiting = new Waiting(page);
    this.question = element("input", { id: "question", type: "search", dir: "auto", maxlength: MAX_QUESTION, autocomplete: "off" });
    this.limit = element("select", { id: "limit" }, ...LIMITS.map((limit) => element("option", { value: limit, selected: limit === USUAL }, String(limit))));
    const label = (id, key) => words.setText(element("label", { for: id }), key);
    const send = words.setText(element("button", { type: "submit", class: "button primary" }), "find");
    const fields = [element("div", { class: "field grows" }, label("question", "question"), this.question), element("div", { class: "choice" }, label("limit", "limit"), this.limit)];
    const form = element("form", { class: "search", role: "search", on: { submit: (event) => this.submit(event) } }, ...fields, send);
    this.result = element("div", { class: "found", role: "region", hidden: true });
    this.news = element("p", { class: "unseen", role: "status" });
    const hint = words.setText(element("p", { class: "hint" }), "hits-hint");
    this.root = element("div", { class: "view" }, hint, form, this.waiting.root, this.news, this.result);
  }

  turnTo(name) {
    this.name = name;
    this.shown = null;
    this.result.hidden = true;
    this.waiting.clear();
  }

  /** Show what was found before in the language of the page, or find it in the collection that was turned to. */
  load() {
    if (this.shown !== null) this.show(this.shown);
    else if (this.question.value.trim()) this.find();
  }

  ask(question) {
    this.question.value = question;
    this.question.focus();
    return this.find();
  }

  submit(event) {
    event.preventDefault();
    if (this.question.value.trim()) this.find();
  }

  find() {
    const query = new URLSearchParams({ q: this.question.value.trim(), limit: this.limit.value });
    const read = () => this.page.api.json(`/collections/${encodeURIComponent(this.name)}/search?${query}`);
    this.result.hidden = true;
    return this.waiting.run(read, (found) => this.show(found));
  }

  show(found) {
    this.shown = found;
    this.result.replaceChildren(...new Found(this.words, found).parts);
    this.result.hidden = false;
    // so that the keyboard can scroll a long passage
    for (const text of this.result.querySelectorAll("p.text")) if (text.scrollHeight > text.clientHeight) text.tabIndex = 0;
    this.result.setAttribute("aria-label", this.words.text("found"));
    this.news.textContent = this.words.text("num-found", { hits: found.hits.length, facts: found.facts.length });
  }
}
