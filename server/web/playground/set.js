/** One set of parameters, with the answer to it, its prompt and its numbers. */

import { element, icon, iconButton } from "/web/frame/dom.js";
import { AnswerView } from "./answer.js";
import { START, bodyOf, newAnswer, stream, withSeed } from "./asking.js";
import { picturesOf } from "./messages.js";
import { Parameters } from "./parameters.js";
import { PromptView } from "./prompt.js";

export class ParameterSet {
  /** `bench` has the page, the specs and the messages; `id` tells this set's elements apart. */
  constructor(bench, id) {
    Object.assign(this, { bench, id, words: bench.page.words, answer: null, prompt: null, stopping: null });
    this.parameters = new Parameters(this.words, bench.specs, { id, changed: () => this.changed() });
    this.answerView = new AnswerView(this.words, { keep: (seed) => this.keep(seed) });
    this.promptView = new PromptView(this.words);
    this.draw();
  }

  draw() {
    const { words } = this;
    this.title = element("h2", { id: `${this.id}-title` });
    this.code = iconButton(words, "code", "code", () => this.bench.code(this));
    this.copy = iconButton(words, "copy", "duplicate", () => this.bench.duplicate(this));
    this.reset = iconButton(words, "undo", "reset-all", () => this.resetAll());
    this.remove = iconButton(words, "remove", "remove-set", () => this.bench.remove(this));
    this.run = element("button", { type: "button", class: "button primary run", on: { click: () => this.toggle() } });
    const shown = element("button", { type: "button", class: "button", on: { click: () => this.showPrompt() } });
    this.problem = element("p", { class: "problem", role: "alert", hidden: true });
    this.stale = words.say(element("p", { class: "stale hint", hidden: true }), "stale");
    const head = element("header", { class: "section-head" }, this.title, this.code, this.copy, this.reset, this.remove);
    const actions = element("div", { class: "set-actions" }, this.run, words.say(shown, "show-prompt"));
    this.root = element("section", { class: "set", "aria-labelledby": this.title.id }, head, this.parameters.root, actions);
    this.root.append(this.problem, this.stale, this.answerView.root, this.promptView.root);
    this.showRun();
  }

  get isRunning() {
    return this.stopping !== null;
  }

  /** Whether its answer is to what is asked now. */
  get isFresh() {
    return this.answer !== null && this.stale.hidden;
  }

  /** `letter` is its place among the sets; whether there is room for more, and whether it is the only one. */
  place(letter, { isFull, isOnly }) {
    this.letter = letter;
    this.words.say(this.title, "set", { letter });
    this.copy.disabled = isFull;
    this.remove.disabled = isOnly;
  }

  changed() {
    this.markStale();
    this.bench.touch();
  }

  markStale() {
    this.stale.hidden = this.answer === null && this.prompt === null;
  }

  resetAll() {
    this.parameters.values = START;
    this.changed();
  }

  /** A seed that was drawn, for the next answers too: the same as this one had. */
  keep(seed) {
    const isStale = !this.stale.hidden;
    this.parameters.set("seed", seed);
    this.changed();
    this.stale.hidden = !isStale;
  }

  toggle() {
    if (this.isRunning) this.stop();
    else this.ask();
  }

  stop() {
    this.stopping?.abort();
  }

  showRun() {
    this.run.replaceChildren(icon(this.isRunning ? "stop" : "run"));
    this.run.append(this.words.say(element("span"), this.isRunning ? "stop" : "run"));
  }

  /** `stopping` ends what is asked now; null while nothing is. */
  setRunning(stopping) {
    this.stopping = stopping;
    this.showRun();
    this.bench.running();
  }

  /** What is wrong here before anything is sent, said beside the set. */
  isReady() {
    const { wrong } = this.parameters;
    this.problem.hidden = !wrong && !this.bench.isBroken;
    if (wrong) this.words.say(this.problem, "wrong-value", { name: wrong });
    else if (this.bench.isBroken) this.words.say(this.problem, "wrong-json");
    return this.problem.hidden;
  }

  async ask() {
    if (this.isRunning || !this.isReady()) return;
    this.setRunning(new AbortController());
    const { signal } = this.stopping;
    const values = withSeed(this.parameters);
    const messages = structuredClone(this.bench.messages);
    this.answer = newAnswer(values);
    this.stale.hidden = true;
    this.clearPrompt();
    this.answerView.show(this.answer);
    await this.receive(bodyOf(this.bench.model, messages, values), signal);
    this.setRunning(null);
    this.answerView.end();
    this.bench.answered(this);
    if (this.answer.ending !== "failed") await this.tellPrompt(messages, values);
  }

  async receive(body, signal) {
    const { answer } = this;
    const { api, words } = this.bench.page;
    try {
      for await (const index of stream(api, words, body, answer, signal)) this.answerView.grow(index);
    } catch (error) {
      answer.ending = signal.aborted ? "stopped" : "failed";
      if (!signal.aborted) answer.problem = error.message;
    }
  }

  async showPrompt() {
    if (!this.isReady()) return;
    this.promptView.root.open = true;
    await this.tellPrompt(structuredClone(this.bench.messages), this.parameters.values);
  }

  clearPrompt() {
    this.prompt = null;
    this.promptView.clear();
  }

  /** Of the answer that is shown; what comes after another was begun is of no use. */
  async tellPrompt(messages, values) {
    const { answer } = this;
    try {
      const body = bodyOf(this.bench.model, messages, values);
      const response = await this.bench.page.api.change("POST", "/playground/prompt", body);
      const prompt = await response.json();
      if (this.answer === answer) this.setPrompt(prompt, messages);
    } catch (error) {
      this.problem.hidden = false;
      this.problem.textContent = error.message;
      delete this.problem.dataset.text;
    }
  }

  setPrompt(prompt, messages) {
    this.prompt = prompt;
    this.promptView.show(prompt, picturesOf(messages).map(({ image_url }) => image_url.url));
  }

  /** As it is saved, and opened again. */
  get saved() {
    const { parameters, answer, prompt, stale } = this;
    return { parameters: parameters.values, answer, prompt, is_stale: !stale.hidden };
  }

  open({ parameters, answer, prompt, is_stale: isStale }, messages) {
    this.parameters.values = parameters;
    this.answer = answer;
    if (answer) this.answerView.show(answer);
    if (prompt) this.setPrompt(prompt, messages);
    this.stale.hidden = !isStale;
  }
}
