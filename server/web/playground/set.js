/** One set of parameters, with its answer, its prompt and their numbers. */

import { element, icon, iconButton } from "/web/frame/dom.js";
import { AnswerView } from "./answer.js";
import { START, buildBody, createAnswer, stream, drawSeed } from "./asking.js";
import { findPictures } from "./messages.js";
import { Parameters } from "./parameters.js";
import { PromptView } from "./prompt.js";

export class ParameterSet {
  /** `bench` has the page, the specs and the messages; `id` is the prefix of the ids of this set's elements. */
  constructor(bench, id) {
    Object.assign(this, { bench, id, words: bench.page.words, answer: null, prompt: null, controller: null });
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
    this.error = element("p", { class: "error", role: "alert", hidden: true });
    this.stale = words.setText(element("p", { class: "stale hint", hidden: true }), "stale");
    const head = element("header", { class: "section-head" }, this.title, this.code, this.copy, this.reset, this.remove);
    const actions = element("div", { class: "set-actions" }, this.run, words.setText(shown, "show-prompt"));
    this.root = element("section", { class: "set", "aria-labelledby": this.title.id }, head, this.parameters.root, actions);
    this.root.append(this.error, this.stale, this.answerView.root, this.promptView.root);
    this.showRun();
  }

  get isRunning() {
    return this.controller !== null;
  }

  /** Whether the answer belongs to the current messages and parameters. */
  get isFresh() {
    return this.answer !== null && this.stale.hidden;
  }

  /** Show the letter of the set, and disable what cannot be done when the sets are full or this is the only one. */
  place(letter, { isFull, isOnly }) {
    this.letter = letter;
    this.words.setText(this.title, "set", { letter });
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

  /** Use the seed of the answer for the next answers too. The answer does not become stale by this. */
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
    this.controller?.abort();
  }

  showRun() {
    this.run.replaceChildren(icon(this.isRunning ? "stop" : "run"));
    this.run.append(this.words.setText(element("span"), this.isRunning ? "stop" : "run"));
  }

  /** `controller` aborts the request that is running; null while none is. */
  setRunning(controller) {
    this.controller = controller;
    this.showRun();
    this.bench.running();
  }

  /** Return whether the set can be run; otherwise show the reason beside it. */
  isReady() {
    const { firstInvalid } = this.parameters;
    this.error.hidden = !firstInvalid && !this.bench.isBroken;
    if (firstInvalid) this.words.setText(this.error, "wrong-value", { name: firstInvalid });
    else if (this.bench.isBroken) this.words.setText(this.error, "wrong-json");
    return this.error.hidden;
  }

  async ask() {
    if (this.isRunning || !this.isReady()) return;
    this.setRunning(new AbortController());
    const { signal } = this.controller;
    const values = drawSeed(this.parameters);
    const asked = structuredClone(this.bench.asked);
    this.answer = createAnswer(values);
    this.stale.hidden = true;
    this.clearPrompt();
    this.answerView.show(this.answer);
    await this.receiveAnswer(buildBody(this.bench.model, asked, values), signal);
    this.setRunning(null);
    this.answerView.showState();
    this.bench.answered(this);
    if (this.answer.ending !== "failed") await this.loadPrompt(asked, values);
  }

  async receiveAnswer(body, signal) {
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
    await this.loadPrompt(structuredClone(this.bench.asked), this.parameters.values);
  }

  clearPrompt() {
    this.prompt = null;
    this.promptView.clear();
  }

  /** Load and show the prompt, unless another answer has begun meanwhile. */
  async loadPrompt(asked, values) {
    const { answer } = this;
    try {
      const body = buildBody(this.bench.model, asked, values);
      const headers = { "X-Trace": "on" };
      const response = await this.bench.page.api.change("POST", "/playground/prompt", body, { headers });
      const prompt = await response.json();
      if (this.answer === answer) this.setPrompt(prompt, asked.messages);
    } catch (error) {
      this.error.hidden = false;
      this.error.textContent = error.message;
      delete this.error.dataset.text;
    }
  }

  setPrompt(prompt, messages) {
    this.prompt = prompt;
    const urls = findPictures(messages).map(({ image_url }) => image_url.url);
    // pages of documents can be among the pictures of the prompt, and nobody knows which
    this.promptView.show(prompt, urls.length === prompt.pictures.length ? urls : []);
  }

  /** The set as it is saved, for `open()`. */
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
