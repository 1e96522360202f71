/** The notice above the numbers: the key is not accepted, or an edit of a file was refused. */

import { element } from "/web/frame/dom.js";

export class Notice {
  constructor({ words, keys }) {
    this.words = words;
    this.text = element("p", { class: "error", role: "alert", hidden: true });
    this.button = words.setText(element("button", { type: "button", class: "button primary", hidden: true }), "other-key");
    this.button.addEventListener("click", () => keys.ask());
    this.root = element("div", { class: "notice" }, this.text, this.button);
  }

  /** Show the edits that were refused, one per line. */
  show({ files }) {
    const refused = files.filter((file) => file.refused);
    this.showText(refused.map((file) => this.words.text("edit-refused", { cause: file.refused })).join("\n"), false);
  }

  showError(error) {
    const isKey = error.status === 401 || error.status === 403;
    const text = error.status === 403 ? this.words.text("not-operator") : error.message;
    this.showText(text, isKey);
  }

  /** Change the text only when it differs, so that screen readers do not repeat it at each reading. */
  showText(text, isKey) {
    if (this.text.textContent !== text) this.text.textContent = text;
    this.text.hidden = !text;
    this.button.hidden = !isKey;
  }
}
