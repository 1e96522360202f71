/** What was found for a question, as the parts of the page that show it. Everything in it is text. */

import { element } from "/web/frame/dom.js";
import { NOTHING } from "/web/ops/formats.js";
import { describeSource, nameCode } from "./sources.js";

export class Found {
  constructor(words, found) {
    this.words = words;
    this.found = found;
  }

  get parts() {
    const { hits, facts, faq } = this.found;
    const isEmpty = !hits.length && !facts.length && faq === null;
    const parts = [this.createQuery(), this.createMentions(), isEmpty ? this.say("p", "nothing-found", { class: "nothing" }) : null];
    return [...parts, this.createFaq(), this.createHits(), this.createFacts()].filter(Boolean);
  }

  say(name, key, attributes = {}, values = {}) {
    return this.words.setText(element(name, attributes), key, values);
  }

  createQuery() {
    return element("p", { class: "hint", dir: "auto" }, this.words.text("looked-up", { query: this.found.query }));
  }

  createMentions() {
    const { mentions } = this.found;
    if (!mentions.length) return null;
    const { words } = this;
    const items = mentions.map(({ kind, name, text, origin }) => element("li", { class: "chip" },
      element("span", { class: "badge" }, nameCode(words, "kind-", kind)), element("span", { dir: "auto" }, name),
      element("span", { class: "hint", dir: "auto" }, words.text("named-by", { text, origin: nameCode(words, "origin-", origin) }))));
    return element("section", {}, this.say("h3", "mentions"), element("ul", { class: "chips" }, ...items));
  }

  createFaq() {
    const { faq } = this.found;
    if (faq === null) return null;
    const state = this.say("span", faq.certain ? "certain" : "uncertain", { class: faq.certain ? "badge is-good" : "badge" });
    const head = element("div", { class: "hit-head" }, this.createSource(faq), state);
    const scores = this.createScores({ "score": this.formatScore(faq.score), "margin": this.formatScore(faq.margin) });
    const card = element("div", { class: "hit" }, head, element("p", { dir: "auto", class: "asked" }, faq.question), element("p", { dir: "auto", class: "text" }, faq.answer), scores);
    return element("section", { id: "faq" }, this.say("h3", "faq-match"), card);
  }

  createHits() {
    const { hits } = this.found;
    if (!hits.length) return null;
    return element("section", {}, this.say("h3", "passages"), element("ol", { class: "hits" }, ...hits.map((hit) => this.createHit(hit))));
  }

  createHit(hit) {
    const { words } = this;
    const why = hit.why.map((code) => element("li", { class: "badge" }, nameCode(words, "why-", code)));
    const reasons = element("ul", { class: "why" }, ...why);
    reasons.setAttribute("aria-label", words.text("why"));
    const scores = this.createScores({
      "score": this.formatScore(hit.score), "score-words": this.formatScore(hit.word_score),
      "score-meaning": this.formatScore(hit.meaning_score), "coverage": this.formatShare(hit.coverage),
    });
    const text = element("p", { class: "text", dir: "auto", role: "group", "aria-label": words.text("passage-text") }, hit.text);
    return element("li", { class: "hit" }, element("div", { class: "hit-head" }, this.createSource(hit), reasons), text, scores);
  }

  createFacts() {
    const { facts } = this.found;
    if (!facts.length) return null;
    const items = facts.map((fact) => element("li", { class: "hit fact" }, element("span", { dir: "auto", class: "text" }, fact.text),
      element("div", { class: "hit-head" }, this.createSource(fact), this.say("span", "steps-away", { class: "badge" }, { steps: fact.steps }))));
    return element("section", {}, this.say("h3", "facts"), element("ul", { class: "hits" }, ...items));
  }

  createSource(source) {
    return element("span", { class: "source", dir: "auto" }, describeSource(this.words, source));
  }

  createScores(scores) {
    return element("dl", { class: "scores" }, ...Object.entries(scores).map(([key, value]) => element("div", {}, this.say("dt", key), element("dd", {}, value))));
  }

  formatScore(value) {
    return value === null || value === undefined ? NOTHING : value.toLocaleString(this.words.language, { maximumFractionDigits: 3 });
  }

  formatShare(value) {
    return value === null || value === undefined ? NOTHING : value.toLocaleString(this.words.language, { style: "percent" });
  }
}
