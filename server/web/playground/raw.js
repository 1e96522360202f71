/** The messages as JSON, to read and to edit. Pictures are numbers in it: nobody wants to scroll over their bytes. */

import { element } from "/web/frame/dom.js";
import { JsonProblem, parse } from "./json.js";
import { picturesOf } from "./messages.js";
import { readMessages } from "./reading.js";

export class RawView {
  /** `changed(messages)` is called with what was written, when it is right. */
  constructor(words, { changed }) {
    this.words = words;
    this.actions = { changed };
    this.problem = null;
    this.text = element("textarea", { class: "raw", spellcheck: "false", rows: 16, "aria-describedby": "raw-problem raw-hint" });
    words.label(this.text, "raw");
    this.notice = element("button", { type: "button", class: "raw-problem", on: { click: () => this.goToProblem() } });
    const live = element("div", { id: "raw-problem", role: "status" }, this.notice);
    const hint = words.say(element("p", { id: "raw-hint", class: "hint" }), "raw-hint");
    this.root = element("div", { class: "raw-view" }, this.text, live, hint);
    this.text.addEventListener("input", () => this.read());
    this.tell(null);
    words.onChange(() => this.tell(this.problem));
  }

  show(messages) {
    const urls = picturesOf(messages).map(({ image_url }) => image_url.url);
    this.pictures = urls.filter((url) => url.startsWith("data:"));
    let number = 0;
    const shorter = (key, value) => (key === "url" && value.startsWith("data:") ? `picture:${(number += 1)}` : value);
    this.text.value = JSON.stringify(messages, shorter, 2);
    this.tell(null);
  }

  read() {
    try {
      const { value, lineOf } = parse(this.text.value);
      const messages = readMessages(value, lineOf, this.pictures);
      this.tell(null);
      this.actions.changed(messages);
    } catch (error) {
      if (!(error instanceof JsonProblem)) throw error;
      this.tell(error);
    }
  }

  tell(problem) {
    this.problem = problem;
    this.notice.hidden = problem === null;
    this.text.setAttribute("aria-invalid", String(problem !== null));
    if (problem === null) return;
    const what = this.words.text(problem.key, problem.values);
    this.words.say(this.notice, "json-line", { line: problem.line, what });
  }

  goToProblem() {
    const lines = this.text.value.split("\n");
    const start = lines.slice(0, this.problem.line - 1).reduce((sum, line) => sum + line.length + 1, 0);
    this.text.focus();
    this.text.setSelectionRange(start, start + lines[this.problem.line - 1].length);
  }
}
