/** The panel of what the desk is worth: how sessions ended, by profile, and what was asked most. */

import { element } from "/web/frame/dom.js";
import { saveFile } from "/web/frame/files.js";
import { NOTHING, formatDuration, formatValue } from "./formats.js";
import { Table } from "./table.js";

const READ_EVERY_MS = 60000;
const DAY_MS = 86400000;
const DAYS = [7, 30, 90, 365];
const CHOSEN_DAYS = 30;

export class WorthPanel {
  constructor({ words, api }) {
    Object.assign(this, { words, api, report: null, readAt: -Infinity, turn: 0 });
    const count = (key) => (row) => formatValue(words, "count", row[key]);
    this.profiles = new Table(words, { title: "worth", hint: "worth-hint", empty: "worth-none", columns: {
      "profile": (row) => row.profile ?? words.text("worth-all"), "worth-sessions": count("sessions"), "worth-alone": (row) => this.formatAlone(row),
      "worth-handovers": (row) => this.formatReasons(row), "worth-first-answer": (row) => this.formatTimes(row.first_answer), "worth-end": (row) => this.formatTimes(row.end),
      "worth-up": count("thumbs_up"), "worth-down": count("thumbs_down"),
    } });
    this.questions = new Table(words, { title: "worth-questions", hint: "worth-questions-hint", empty: "worth-none", columns: {
      "worth-question": (row) => row.question, "worth-sessions": count("sessions"),
    } });
    this.status = element("p", { class: "hint", role: "status" });
    this.profiles.root.insertBefore(this.createControls(), this.profiles.content);
    this.root = element("div", { class: "lists" }, this.profiles.root, this.questions.root);
    words.onChange(() => this.nameDays());
  }

  createControls() {
    const { words } = this;
    this.days = element("select", { id: "worth-days", class: "worth-days", on: { change: () => this.read() } });
    for (const days of DAYS) this.days.append(element("option", { value: days, selected: days === CHOSEN_DAYS }));
    this.nameDays();
    const label = words.setText(element("label", { for: "worth-days" }), "worth-days");
    const button = words.setText(element("button", { type: "button", class: "button", on: { click: () => this.download() } }), "worth-csv");
    return element("div", { class: "worth-controls" }, label, this.days, button, this.status);
  }

  nameDays() {
    for (const option of this.days.options) option.textContent = this.words.text("worth-last-days", { days: option.value });
  }

  /** Show what was read, in the language of now, and read again once that is old. */
  show() {
    if (this.report) this.draw(this.report);
    if (performance.now() - this.readAt > READ_EVERY_MS) this.read();
  }

  /** Read the figures; of overlapping readings only the latest counts. */
  async read() {
    const turn = ++this.turn;
    this.readAt = performance.now();
    try {
      const report = await this.api.json(`/ops/worth?${this.buildQuery()}`);
      if (turn !== this.turn) return;
      this.report = report;
      this.status.textContent = "";
      this.draw(report);
    } catch (error) {
      if (turn === this.turn) this.status.textContent = error.message;
    }
  }

  draw({ total, profiles, questions }) {
    this.profiles.show(total.sessions ? [...profiles, ...(profiles.length > 1 ? [total] : [])] : []);
    this.questions.show(questions);
  }

  /** Save the figures as a file: a plain link could not send the key. */
  async download() {
    try {
      const response = await this.api.send(`/ops/worth.csv?${this.buildQuery()}`);
      saveFile("worth.csv", await response.blob());
      this.status.textContent = "";
    } catch (error) {
      this.status.textContent = error.message;
    }
  }

  /** Return the days, the last of which is today, both in UTC. */
  buildQuery() {
    const name = (time) => new Date(time).toISOString().slice(0, 10);
    return new URLSearchParams({ from: name(Date.now() - (this.days.value - 1) * DAY_MS), to: name(Date.now()) });
  }

  formatAlone({ without_person: count, without_person_share: share }) {
    const [shown, part] = [formatValue(this.words, "count", count), formatValue(this.words, "share", share)];
    return `${shown} (${part})`;
  }

  formatReasons({ handovers }) {
    const named = Object.entries(handovers).map(([reason, count]) => `${this.words.text(`reason-${reason}`)} ${formatValue(this.words, "count", count)}`);
    return named.join(", ") || NOTHING;
  }

  formatTimes({ median_s: median, p90_s: p90 }) {
    return median === null ? NOTHING : `${formatDuration(this.words, median)} / ${formatDuration(this.words, p90)}`;
  }
}
