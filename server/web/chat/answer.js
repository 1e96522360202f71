/** An answer on the page, with its notes and buttons. */

import { createCopyButton } from "/web/frame/clipboard.js";
import { element, iconButton } from "/web/frame/dom.js";
import { ActionCard } from "./actions.js";
import { createSources, markCitations } from "./citations.js";
import { writeTime } from "./clips.js";
import { addTableTools } from "./tables.js";

const ENDINGS = { abort: "stopped", error: "broken", length: "cut", content_filter: "blocked", handover: "taken-over", repetition: "repeating" };
/** The texts for those finish reasons that are shown. */

const FEWER = ["limit", "budget", "damaged", "time"];
/** The reasons that are shown why a clip has fewer frames than seconds. */

export class Answer {
  /**
   * `retry()` asks the same question again, `rate(thumb)` stores a rating, `cite(citation)` shows a source, and
   * `act(id, verb)` answers a call that waits for a yes. `markdown` has `renderGrowing(text)` and `renderMarkdown(text)`.
   */
  constructor(words, { retry, rate, cite, act }, markdown) {
    this.words = words;
    this.markdown = markdown;
    this.actions = { retry, rate, cite, act };
    this.text = "";
    this.citations = [];
    this.thumbs = [];
    this.body = element("div", { class: "markdown", dir: "auto" });
    this.notes = element("ul", { class: "notes", hidden: true });
    this.buttons = element("div", { class: "actions", hidden: true });
    this.sources = element("div");
    this.card = null;
    const parts = [this.body, this.sources, this.notes, this.buttons];
    this.root = element("div", { class: "answer", "aria-live": "polite", "aria-busy": "true" }, ...parts);
    this.waiting = words.setText(element("p", { class: "thinking" }), "thinking");
    this.body.append(this.waiting);
  }

  /** Show how much of a long document has been read for the answer, until its text begins. */
  showProgress({ page, pages }) {
    if (this.text) return;
    const line = this.words.setText(element("p", { class: "thinking" }), "reading-page", { page, pages });
    this.bar ??= this.words.setLabel(element("progress", { class: "reading" }), "reading");
    Object.assign(this.bar, { max: pages, value: page });
    this.body.replaceChildren(line, this.bar);
  }

  grow(piece) {
    this.text += piece;
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.show(this.markdown.renderGrowing(this.text));
    });
  }

  show(rendered) {
    this.body.replaceChildren(rendered);
    for (const wide of this.body.querySelectorAll("pre, table")) wide.tabIndex = 0; // so that the keyboard can scroll it
  }

  /** Show the last event of a stream: the whole answer, which masking may have changed. */
  end(event) {
    this.text = event.answer;
    if (event.handover && !event.answer) this.root.hidden = true;
    this.citations = event.citations ?? [];
    this.finish();
    this.noteFindings(event);
    if (event.action) this.showAction(event.action);
    if (event.dropped_turns) this.note("dropped", { count: event.dropped_turns });
  }

  /** Show a stored answer; `text` is that of its last message. */
  showStored(turn, text) {
    this.text = text;
    this.citations = turn.citations ?? [];
    if (turn.finish_reason === "handover" && !text) this.root.hidden = true;
    this.finish();
    this.showRating(turn.feedback?.thumb);
    this.noteFindings(turn);
    if (ENDINGS[turn.finish_reason] && !this.root.hidden) this.note(ENDINGS[turn.finish_reason]);
  }

  /** Show a call that waits for a yes; of one that has ended the answer says all. */
  showAction(action) {
    if (action.state !== "pending") return;
    this.card = new ActionCard(this.words, action, this.actions.act);
    this.sources.after(this.card.root);
  }

  noteFindings({ corrections = [], moderation = [], video = null }) {
    if (video) this.noteVideo(video);
    for (const { from, to } of corrections) this.note("corrected", { from, to });
    for (const { where, category, action } of moderation) {
      if (action !== "flag") this.note(`${action === "block" ? "blocked" : "masked"}-${where}`, { category });
    }
  }

  /** Say which frames of a clip were seen, and why they were not more. */
  noteVideo({ frames, times, reason }) {
    this.note("frames", { count: frames, first: writeTime(times[0]), last: writeTime(times.at(-1)) });
    if (FEWER.includes(reason)) this.note(`frames-${reason}`);
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
    this.show(this.markdown.renderMarkdown(this.text));
    addTableTools(this.words, this.body);
    this.showSources();
    this.root.setAttribute("aria-busy", "false");
    if (isRated) this.showButtons();
  }

  showSources() {
    const { words, citations } = this;
    const open = (citation) => this.actions.cite(citation);
    markCitations(words, this.body, citations, open);
    this.sources.replaceChildren(...(citations.length ? [createSources(words, citations, open)] : []));
  }

  note(key, values = {}) {
    this.notes.hidden = false;
    this.notes.append(this.words.setText(element("li"), key, values));
  }

  showButtons() {
    const { words } = this;
    const thumb = (name) => iconButton(words, name, name, () => this.rate(name), { "aria-pressed": "false", "data-thumb": name });
    this.thumbs = this.text ? [thumb("up"), thumb("down")] : [];
    const again = this.actions.retry ? [iconButton(words, "retry", "ask-again", () => this.actions.retry())] : [];
    const copy = createCopyButton(words, "copy", () => this.text);
    this.buttons.replaceChildren(...(this.text ? [copy] : []), ...this.thumbs, ...again);
    this.buttons.hidden = false;
  }

  showRating(thumb) {
    for (const button of this.thumbs) button.setAttribute("aria-pressed", String(button.dataset.thumb === thumb));
  }

  async rate(thumb) {
    await this.actions.rate(thumb);
    this.showRating(thumb);
  }
}
