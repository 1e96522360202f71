/** An answer as it is shown: growing, ended, stopped or failed, with what can be done about it. */

import { copyText } from "/web/frame/clipboard.js";
import { element, iconButton, setIcon } from "/web/frame/dom.js";
import { render } from "./markdown.js";

const COPIED_MS = 1500;

const ENDINGS = { abort: "stopped", error: "broken", length: "cut", content_filter: "blocked", repetition: "repeating" };
/** Words for reasons why an answer ended; others need none. */

export class Answer {
  /** `retry()` asks the same again, `rate(thumb)` keeps a rating. */
  constructor(words, { retry, rate }) {
    this.words = words;
    this.actions = { retry, rate };
    this.text = "";
    this.body = element("div", { class: "markdown" });
    this.notes = element("ul", { class: "notes", hidden: true });
    this.buttons = element("div", { class: "actions", hidden: true });
    this.root = element("div", { class: "answer", "aria-live": "polite", "aria-busy": "true" }, this.body, this.notes, this.buttons);
    this.waiting = words.say(element("p", { class: "thinking" }), "thinking");
    this.body.append(this.waiting);
  }

  grow(piece) {
    this.text += piece;
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.draw();
    });
  }

  draw() {
    this.body.replaceChildren(render(this.text));
    for (const wide of this.body.querySelectorAll("pre, table")) wide.tabIndex = 0; // scrolled by keyboard too
  }

  /** `told` is the last event of a stream: what is remembered, which masking may have changed. */
  end(told) {
    this.text = told.answer;
    this.finish();
    this.noteFindings(told);
    if (told.dropped_turns) this.note("dropped", { count: told.dropped_turns });
  }

  /** One that is in the store; `text` is that of its last message. */
  stored(turn, text) {
    this.text = text;
    this.finish();
    this.mark(turn.feedback?.thumb);
    this.noteFindings(turn);
    if (ENDINGS[turn.finish_reason]) this.note(ENDINGS[turn.finish_reason]);
  }

  noteFindings({ corrections = [], moderation = [] }) {
    for (const { from, to } of corrections) this.note("corrected", { from, to });
    for (const { where, category, action } of moderation) {
      if (action !== "flag") this.note(`${action === "block" ? "blocked" : "masked"}-${where}`, { category });
    }
  }

  stop() {
    this.finish();
    this.note("stopped");
  }

  fail(problem) {
    this.finish(false);
    const { words } = this;
    const text = element("p", {}, problem.message);
    const again = words.say(element("button", { type: "button", class: "button" }), "retry");
    again.addEventListener("click", () => this.actions.retry());
    this.root.append(element("div", { class: "problem", role: "alert" }, text, again));
    if (problem.retryAfterS) this.countDown(again, problem.retryAfterS);
  }

  countDown(button, seconds) {
    button.disabled = seconds > 0;
    this.words.say(button, seconds > 0 ? "retry-in" : "retry", { seconds });
    if (seconds > 0) setTimeout(() => this.countDown(button, seconds - 1), 1000);
  }

  finish(isRated = true) {
    cancelAnimationFrame(this.frame);
    this.draw();
    this.root.setAttribute("aria-busy", "false");
    if (isRated) this.offer();
  }

  note(key, values = {}) {
    this.notes.hidden = false;
    this.notes.append(this.words.say(element("li"), key, values));
  }

  offer() {
    const { words } = this;
    const thumb = (name) => iconButton(words, name, name, () => this.rate(name), { "aria-pressed": "false", "data-thumb": name });
    this.thumbs = this.text ? [thumb("up"), thumb("down")] : [];
    const again = iconButton(words, "retry", "ask-again", () => this.actions.retry());
    const copy = iconButton(words, "copy", "copy", () => this.copy(copy));
    this.buttons.replaceChildren(...(this.text ? [copy] : []), ...this.thumbs, again);
    this.buttons.hidden = false;
  }

  mark(thumb) {
    for (const button of this.thumbs) button.setAttribute("aria-pressed", String(button.dataset.thumb === thumb));
  }

  async rate(thumb) {
    await this.actions.rate(thumb);
    this.mark(thumb);
  }

  async copy(button) {
    await copyText(this.text);
    setIcon(button, "done");
    this.words.label(button, "copied");
    setTimeout(() => {
      setIcon(button, "copy");
      this.words.label(button, "copy");
    }, COPIED_MS);
  }
}
