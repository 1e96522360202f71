/** The answers to one set, growing or ended, and the numbers that came with them. */

import { element } from "/web/frame/dom.js";
import { Tokens } from "./tokens.js";

export class AnswerView {
  /** `keep(seed)` is called when a seed that was drawn is wanted again. */
  constructor(words, { keep }) {
    this.words = words;
    this.actions = { keep };
    this.root = element("div", { class: "outcome" });
    this.choices = [];
  }

  get isEmpty() {
    return !this.root.childElementCount;
  }

  /** An answer from its start, as far as it is there. */
  show(answer) {
    this.answer = answer;
    this.choices = [];
    this.list = element("ol", { class: "choices" });
    this.notes = element("div", { class: "answer-notes" });
    this.numbers = element("dl", { class: "numbers" });
    this.root.replaceChildren(this.list, this.notes, this.numbers);
    answer.choices.forEach((_, index) => this.grow(index));
    this.end();
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
    const [body, ending] = [element("div", { class: "choice-text" }), element("code", { class: "finish" })];
    const reason = element("p", { class: "hint", hidden: true }, words.say(element("span"), "finish-reason"), " ", ending);
    this.choices.push({ body, ending, reason, tokens: new Tokens(words) });
    this.list.append(element("li", { class: "choice" }, body, reason));
  }

  /** What is known when nothing more comes, or nothing yet. */
  end() {
    const { ending, problem, usage } = this.answer;
    this.root.setAttribute("aria-busy", String(ending === "running"));
    this.notes.replaceChildren(...this.noted(ending, problem));
    this.numbers.replaceChildren(...this.seed(), ...(usage ? this.used(usage) : []));
    this.numbers.hidden = ending === "running";
  }

  noted(ending, problem) {
    if (problem) return [element("p", { class: "problem", role: "alert" }, problem)];
    if (ending === "running") return [this.words.say(element("p", { class: "hint" }), "waiting")];
    return ending === "stopped" ? [this.words.say(element("p", { class: "hint" }), "stopped")] : [];
  }

  used(usage) {
    const { prompt_tokens_details: details = {}, timings } = usage;
    const seconds = (value) => (typeof value === "number" ? `${value.toFixed(3)} s` : "–");
    const rate = timings?.tokens_per_second;
    return [
      this.pair("number-first", seconds(timings?.time_to_first_token_s)),
      this.pair("number-rate", typeof rate === "number" ? rate.toFixed(1) : "–"),
      this.pair("number-decode", seconds(timings?.decode_s)),
      this.pair("number-queue", seconds(timings?.queue_s)),
      this.pair("number-prompt", usage.prompt_tokens),
      this.pair("number-image", details.image_tokens ?? "–"),
      this.pair("number-cached", details.cached_tokens ?? "–"),
      this.pair("number-generated", usage.completion_tokens),
    ];
  }

  seed() {
    const { request } = this.answer;
    if (request.seed === undefined) return [];
    const keep = element("button", { type: "button", class: "link", on: { click: () => this.actions.keep(request.seed) } });
    return [this.pair("number-seed", element("span", {}, `${request.seed} `, this.words.say(keep, "keep-seed")))];
  }

  pair(key, value) {
    const shown = element("dd", { "data-number": key.slice("number-".length) });
    shown.append(value);
    return element("div", {}, this.words.say(element("dt"), key), shown);
  }
}
