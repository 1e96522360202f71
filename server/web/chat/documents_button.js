/** The button that opens the list of the dialogue's documents, and says how many there are. */

import { element, icon } from "/web/frame/dom.js";
import { showDocuments } from "./document_list.js";

export class DocumentsButton {
  constructor(page, documents) {
    Object.assign(this, { words: page.words, documents });
    this.count = element("span", { "aria-hidden": "true" });
    const click = () => showDocuments(page, documents);
    this.root = element("button", { type: "button", class: "icon-button documents", hidden: true, on: { click } }, icon("document"), this.count);
    documents.onChange(() => this.show());
    this.show();
  }

  show() {
    const count = this.documents.shown.length;
    this.root.hidden = !count;
    this.count.textContent = String(count);
    this.words.setLabel(this.root, "documents-open", { count });
  }
}
