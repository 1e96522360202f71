/** An answer on the page, with its notes and buttons. */

import { copyText } from "/web/frame/clipboard.js";
import { element, iconButton, setIcon } from "/web/frame/dom.js";
import { renderMarkdown } from "./markdown.js";

const COPIED_MS = 1500;

const ENDINGS = { abort: "stopped", error: "broken", length: "cut", content_filter: "blocked", repetition: "repeating" };
/** The texts for those finish reasons that are shown. */

export class Answer {
  /** `retry()` asks the same question again; `rate(thumb)` stores a rating. */
  constructor(words, { retry, rate }) {
    this.words = words;
    this.actions = { retry, rate };
    this.text = "";
    this.body = element("div", { class: "markdown" });
    this.notes = element("ul", { class: "notes", hidden: true });
    this.buttons = element("div", { class: "actions", hidden: true });
    this.root = element("div", { class: "answer", "aria-live": "polite", "aria-busy": "true" }, this.body, this.notes, this.buttons);
    this.waiting = words.setText(element("p", { class: "thinking" }), "thinking");
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
    this.body.replaceChildren(renderMarkdown(this.text));
    for (const wide of this.body.querySelectorAll("pre, table")) wide.tabIndex = 0; // so that the keyboard can scroll it
  }

  /** Show the last event of a stream: the whole answer, which masking may have changed. */
  end(event) {
    this.text = event.answer;
    this.finish();
    this.noteFindings(event);
    if (event.dropped_turns) this.note("dropped", { count: event.dropped_turns });
  }

  /** Show a stored answer; `text` is that of its last message. */
  showStored(turn, text) {
    this.text = text;
    this.finish();
    this.showRating(turn.feedback?.thumb);
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

  fail(error) {
    this.finish(false);
    const { words } = this;
    const text = element("p", {}, error.message);
    const again = words.setText(element("button", { type: "button", class: "button" }), "retry");
    again.addEventListener("click", () => this.actions.retry());
    this.root.append(element("div", { class: "error", role: "alert" }, text, again));
    if (error.retryAfterS) this.countDown(again, error.retryAfterS);
  }

  countDown(button, seconds) {
    button.disabled = seconds > 0;
    this.words.setText(button, seconds > 0 ? "retry-in" : "retry", { seconds });
    if (seconds > 0) setTimeout(() => this.countDown(button, seconds - 1), 1000);
  }

  finish(isRated = true) {
    cancelAnimationFrame(this.frame);
    this.draw();
    this.root.setAttribute("aria-busy", "false");
    if (isRated) this.showButtons();
  }

  note(key, values = {}) {
    this.notes.hidden = false;
    this.notes.append(this.words.setText(element("li"), key, values));
  }

  showButtons() {
    const { words } = this;
    const thumb = (name) => iconButton(words, name, name, () => this.rate(name), { "aria-pressed": "false", "data-thumb": name });
    this.thumbs = this.text ? [thumb("up"), thumb("down")] : [];
    const again = iconButton(words, "retry", "ask-again", () => this.actions.retry());
    const copy = iconButton(words, "copy", "copy", () => this.copy(copy));
    this.buttons.replaceChildren(...(this.text ? [copy] : []), ...this.thumbs, again);
    this.buttons.hidden = false;
  }

  showRating(thumb) {
    for (const button of this.thumbs) button.setAttribute("aria-pressed", String(button.dataset.thumb === thumb));
  }

  async rate(thumb) {
    await this.actions.rate(thumb);
    this.showRating(thumb);
  }

  async copy(button) {
    await copyText(this.text);
    setIcon(button, "done");
    this.words.setLabel(button, "copied");
    setTimeout(() => {
      setIcon(button, "copy");
      this.words.setLabel(button, "copy");
    }, COPIED_MS);
  }
}
