/** The questions that found nothing, for those who fill the knowledge base. */

import { openForm } from "/web/frame/dialogs.js";
import { element, iconButton } from "/web/frame/dom.js";
import { formatTime, formatValue } from "/web/ops/formats.js";
import { Table } from "/web/ops/table.js";
import { Waiting } from "./waiting.js";

const PAGE = 50;

export class UnansweredPanel {
  /** `test(question)` tries one in the hit test. */
  constructor(page, { test }) {
    Object.assign(this, { page, words: page.words, questions: [], cursor: null });
    const { words } = this;
    this.waiting = new Waiting(page);
    const time = ({ last_s: time }) => element("time", { datetime: new Date(time * 1000).toISOString() }, formatTime(words, time));
    const actions = (asked) => element("div", { class: "row-buttons" },
      this.label(iconButton(words, "search", "test-question", () => test(asked.question), { class: "icon-button test" }), asked),
      this.label(iconButton(words, "remove", "delete-question", () => this.remove(asked)), asked));
    this.table = new Table(words, { title: "unanswered", hint: "unanswered-hint", empty: "no-unanswered", columns: {
      "asked": ({ question }) => element("span", { dir: "auto" }, question), "times": ({ count }) => formatValue(words, "count", count),
      "last-asked": time, "profile": ({ profile }) => element("code", {}, profile), "actions": actions,
    } });
    this.more = words.setText(element("button", { type: "button", class: "button", hidden: true, on: { click: () => this.loadMore() } }), "more");
    this.all = words.setText(element("button", { type: "button", class: "button", hidden: true, on: { click: () => this.removeAll() } }), "delete-all");
    this.root = this.table.root;
    this.root.append(this.waiting.root, element("div", { class: "row-buttons" }, this.more, this.all));
  }

  label(button, { question }) {
    return this.words.setLabel(button, button.dataset.label, { question });
  }

  setTestable(isTestable) {
    this.root.classList.toggle("is-untestable", !isTestable);
  }

  load() {
    return this.waiting.run(() => this.request(null), (found) => this.take([], found));
  }

  loadMore() {
    return this.waiting.run(() => this.request(this.cursor), (found) => this.take(this.questions, found));
  }

  request(cursor) {
    return this.page.api.json(`/unanswered?${new URLSearchParams({ limit: PAGE, ...(cursor && { cursor }) })}`);
  }

  take(before, { questions, next_cursor: cursor }) {
    this.questions = [...before, ...questions];
    this.cursor = cursor;
    this.show();
  }

  show() {
    this.table.show(this.questions);
    this.more.hidden = this.cursor === null;
    this.all.hidden = !this.questions.length;
  }

  async remove({ id }) {
    const isDone = await this.waiting.run(() => this.page.api.change("DELETE", `/unanswered/${encodeURIComponent(id)}`).catch(ignoreGone));
    if (!isDone) return;
    this.questions = this.questions.filter((asked) => asked.id !== id);
    this.show();
    (this.root.querySelector("tbody button") ?? this.root).focus();
  }

  async removeAll() {
    const why = this.words.setText(element("p"), "delete-all-why");
    const form = { title: "delete-all", fields: [why], submit: "delete-it", isDanger: true, read: () => true };
    if (!(await openForm(this.words, form))) return;
    if (await this.waiting.run(() => this.page.api.change("DELETE", "/unanswered"))) await this.load();
  }
}

function ignoreGone(error) {
  if (error.status !== 404) throw error;
}
