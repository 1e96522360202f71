/** What an operator must know before the numbers: that the key will not do, or that an edit was refused. */

import { element } from "/web/frame/dom.js";

export class Notice {
  constructor({ words, keys }) {
    this.words = words;
    this.text = element("p", { class: "problem", role: "alert", hidden: true });
    this.button = words.say(element("button", { type: "button", class: "button primary", hidden: true }), "other-key");
    this.button.addEventListener("click", () => keys.ask());
    this.root = element("div", { class: "notice" }, this.text, this.button);
  }

  /** The edits that were refused, a line each. */
  show({ files }) {
    const refused = files.filter((file) => file.refused);
    this.tell(refused.map((file) => this.words.text("edit-refused", { cause: file.refused })).join("\n"), false);
  }

  fail(problem) {
    const isKey = problem.status === 401 || problem.status === 403;
    const text = problem.status === 403 ? this.words.text("not-operator") : problem.message;
    this.tell(text, isKey);
  }

  /** Said once, and not again every two seconds. */
  tell(text, isKey) {
    if (this.text.textContent !== text) this.text.textContent = text;
    this.text.hidden = !text;
    this.button.hidden = !isKey;
  }
}
