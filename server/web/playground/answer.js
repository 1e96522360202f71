/** The answer of one set, with one or more choices, and its numbers. */

import { element } from "/web/frame/dom.js";
import { Tokens } from "./tokens.js";

export class AnswerView {
  /** `keep(seed)` is called when the user wants to keep a random seed. */
  constructor(words, { keep }) {
    this.words = words;
    this.actions = { keep };
    this.root = element("div", { class: "outcome" });
    this.choices = [];
  }

  get isEmpty() {
    return !this.root.childElementCount;
  }

  /** Show an answer as far as it has come. */
  show(answer) {
    this.answer = answer;
    this.choices = [];
    this.list = element("ol", { class: "choices" });
    this.notes = element("div", { class: "answer-notes" });
    this.numbers = element("dl", { class: "numbers" });
    this.root.replaceChildren(this.list, this.notes, this.numbers);
    answer.choices.forEach((_, index) => this.grow(index));
    this.showState();
  }

  grow(index) {
    while (this.choices.length <= index) this.addChoice();
    const choice = this.answer.choices[index];
    const view = this.choices[index];
    if (choice === undefined) return;
    if (choice.text) this.notes.replaceChildren();
    if (choice.tokens.length) {
      if (!view.tokens.tokens.length) view.body.replaceChildren(view.tokens.root);
      view.tokens.add(choice.tokens.slice(view.tokens.tokens.length));
    } else view.body.textContent = choice.text;
    view.ending.textContent = choice.finish_reason ?? "";
    view.reason.hidden = !choice.finish_reason;
  }

  addChoice() {
    const { words } = this;
    const [body, ending] = [element("div", { class: "choice-text", dir: "auto" }), element("code", { class: "finish" })];
    const reason = element("p", { class: "hint", hidden: true }, words.setText(element("span"), "finish-reason"), " ", ending);
    this.choices.push({ body, ending, reason, tokens: new Tokens(words) });
    this.list.append(element("li", { class: "choice" }, body, reason));
  }

  /** Show the state, the error and the numbers of the answer. */
  showState() {
    const { ending, problem, usage } = this.answer;
    this.root.setAttribute("aria-busy", String(ending === "running"));
    this.notes.replaceChildren(...this.createNotes(ending, problem));
    this.numbers.replaceChildren(...this.createSeed(), ...(usage ? this.createUsage(usage) : []));
    this.numbers.hidden = ending === "running";
  }

  createNotes(ending, problem) {
    if (problem) return [element("p", { class: "error", role: "alert" }, problem)];
    if (ending === "running") return [this.words.setText(element("p", { class: "hint" }), "waiting")];
    return ending === "stopped" ? [this.words.setText(element("p", { class: "hint" }), "stopped")] : [];
  }

  createUsage(usage) {
    const { prompt_tokens_details: details = {}, timings } = usage;
    const seconds = (value) => (typeof value === "number" ? `${value.toFixed(3)} s` : "–");
    const rate = timings?.tokens_per_second;
    return [
      this.createPair("number-first", seconds(timings?.time_to_first_token_s)),
      this.createPair("number-rate", typeof rate === "number" ? rate.toFixed(1) : "–"),
      this.createPair("number-decode", seconds(timings?.decode_s)),
      this.createPair("number-queue", seconds(timings?.queue_s)),
      this.createPair("number-prompt", usage.prompt_tokens),
      this.createPair("number-image", details.image_tokens ?? "–"),
      this.createPair("number-cached", details.cached_tokens ?? "–"),
      this.createPair("number-generated", usage.completion_tokens),
    ];
  }

  createSeed() {
    const { request } = this.answer;
    if (request.seed === undefined) return [];
    const keep = element("button", { type: "button", class: "link", on: { click: () => this.actions.keep(request.seed) } });
    return [this.createPair("number-seed", element("span", {}, `${request.seed} `, this.words.setText(keep, "keep-seed")))];
  }

  createPair(key, value) {
    const shown = element("dd", { "data-number": key.slice("number-".length) });
    shown.append(value);
    return element("div", {}, this.words.setText(element("dt"), key), shown);
  }
}
