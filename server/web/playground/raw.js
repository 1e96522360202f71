/** The messages as JSON, to read and edit. Pictures and documents stand in it as numbers instead of long data URLs. */

import { element } from "/web/frame/dom.js";
import { JsonError, parse } from "./json.js";
import { findDocuments, findPictures } from "./messages.js";
import { readMessages } from "./reading.js";

export class RawView {
  /** `changed(messages)` is called after each edit that is valid. */
  constructor(words, { changed }) {
    this.words = words;
    this.actions = { changed };
    this.error = null;
    this.text = element("textarea", { class: "raw", spellcheck: "false", rows: 16, "aria-describedby": "raw-error raw-hint" });
    words.setLabel(this.text, "raw");
    this.notice = element("button", { type: "button", class: "raw-error", on: { click: () => this.selectError() } });
    const live = element("div", { id: "raw-error", role: "status" }, this.notice);
    const hint = words.setText(element("p", { id: "raw-hint", class: "hint" }), "raw-hint");
    this.root = element("div", { class: "raw-view" }, this.text, live, hint);
    this.text.addEventListener("input", () => this.read());
    this.showError(null);
    words.onChange(() => this.showError(this.error));
  }

  show(messages) {
    const urls = findPictures(messages).map(({ image_url }) => image_url.url);
    this.files = { pictures: urls.filter((url) => url.startsWith("data:")), documents: findDocuments(messages) };
    const count = { url: 0, file_data: 0 };
    const shorter = (key, value) => {
      if (key === "file_data") return `document:${(count[key] += 1)}`;
      return key === "url" && value.startsWith("data:") ? `picture:${(count[key] += 1)}` : value;
    };
    this.text.value = JSON.stringify(messages, shorter, 2);
    this.showError(null);
  }

  read() {
    try {
      const { value, lineOf } = parse(this.text.value);
      const messages = readMessages(value, lineOf, this.files);
      this.showError(null);
      this.actions.changed(messages);
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      this.showError(error);
    }
  }

  showError(error) {
    this.error = error;
    this.notice.hidden = error === null;
    this.text.setAttribute("aria-invalid", String(error !== null));
    if (error === null) return;
    const what = this.words.text(error.key, error.values);
    this.words.setText(this.notice, "json-line", { line: error.line, what });
  }

  selectError() {
    const lines = this.text.value.split("\n");
    const start = lines.slice(0, this.error.line - 1).reduce((sum, line) => sum + line.length + 1, 0);
    this.text.focus();
    this.text.setSelectionRange(start, start + lines[this.error.line - 1].length);
  }
}
