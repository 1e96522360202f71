/** The line of a document: what it is, how far it is read, where it comes from, and what can be done with it. */

import { element, iconButton } from "/web/frame/dom.js";
import { formatTime, formatValue } from "/web/ops/formats.js";

export class DocumentRow {
  /** `run(action)` carries out "retry", "unlock", "save" or "remove". */
  constructor(words, entry, run) {
    Object.assign(this, { words, entry });
    const button = (name, key, action) => iconButton(words, name, key, () => run(action));
    this.name = element("strong", { dir: "auto" });
    this.status = element("span", { class: "state" });
    this.progress = element("progress", { max: 1 });
    this.about = element("p", { class: "hint", dir: "auto" });
    this.remarks = element("ul", { class: "remarks" });
    this.retry = button("retry", "document-again", "retry");
    this.unlock = button("lock", "password-give", "unlock");
    this.save = button("export", "document-save", "save");
    this.remove = button("remove", "document-remove", "remove");
    const line = element("div", { class: "document-line" }, this.name, this.status);
    const text = element("div", { class: "document-text" }, line, this.progress, this.about, this.remarks);
    this.buttons = [this.unlock, this.retry, this.save, this.remove];
    this.root = element("li", {}, text, element("div", { class: "row-buttons" }, ...this.buttons));
  }

  show() {
    const { words, entry } = this;
    const { name, state, warnings, error, canRetry } = entry;
    this.name.textContent = name;
    this.root.dataset.state = state;
    words.setText(this.status, ...entry.status);
    this.progress.hidden = !entry.isMoving;
    if (entry.done === null) this.progress.removeAttribute("value");
    else this.progress.value = entry.done;
    this.about.textContent = this.describe();
    const remark = (className) => (text) => element("li", { class: className, dir: "auto" }, text);
    this.remarks.replaceChildren(...[error].filter(Boolean).map(remark("is-error")), ...warnings.map(remark("is-warning")));
    this.remarks.hidden = !this.remarks.childElementCount;
    this.retry.hidden = !canRetry;
    this.unlock.hidden = state !== "locked";
    this.save.hidden = entry.id === null;
    this.remove.hidden = Boolean(entry.source);
    for (const button of this.buttons) words.setLabel(button, button.dataset.label, { name });
    this.progress.setAttribute("aria-label", words.text("document-progress", { name }));
  }

  describe() {
    const { words, entry } = this;
    const parts = [words.text(`role-${entry.role ?? "auto"}`)];
    if (entry.id !== null) {
      parts.push(formatValue(words, "bytes", entry.numBytes), formatTime(words, entry.createdS));
      parts.push(entry.source ? words.text("from-folder", { path: entry.source }) : words.text("from-upload"));
    }
    return parts.join(" · ");
  }
}
