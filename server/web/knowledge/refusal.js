/** The notice in place of the page: the key is missing, wrong, or no operator's, or the first reading failed. */

import { element } from "/web/frame/dom.js";

export class Refusal {
  /** `begin()` reads everything again. */
  constructor({ words, keys }, { begin }) {
    this.words = words;
    this.text = element("p", { class: "error", role: "alert", hidden: true });
    this.key = words.setText(element("button", { type: "button", class: "button primary", hidden: true }), "other-key");
    this.key.addEventListener("click", () => keys.ask());
    this.again = words.setText(element("button", { type: "button", class: "button", hidden: true }), "again");
    this.again.addEventListener("click", () => begin());
    this.root = element("div", { class: "notice" }, this.text, this.key, this.again);
  }

  get isShown() {
    return !this.text.hidden;
  }

  /** Return whether an error is about the key, and if so show it in place of the page. */
  take(error) {
    if (error.status !== 401 && error.status !== 403) return false;
    this.show(error.status === 403 ? this.words.text("not-operator") : error.message, { isKey: true });
    document.getElementById("shown").hidden = true;
    return true;
  }

  show(text, { isKey = false } = {}) {
    this.text.textContent = text;
    this.text.hidden = false;
    this.key.hidden = !isKey;
    this.again.hidden = isKey;
  }

  hide() {
    for (const part of [this.text, this.key, this.again]) part.hidden = true;
  }
}
