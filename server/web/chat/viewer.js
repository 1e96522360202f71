/** The panel that shows the pages of a document, with a cited passage marked. */

import { openPanel } from "/web/frame/dialogs.js";
import { element, iconButton } from "/web/frame/dom.js";
import { saveOriginal } from "./originals.js";
import { PageView } from "./page_view.js";

/** Show a document from its first page, or from the page of a `citation` on. Resolves when the panel is closed. */
export async function openViewer(page, { id, name }, citation = null) {
  const viewer = new Viewer(page, { id, name }, citation);
  const values = { name };
  await openPanel(page.words, { title: "document-title", values, children: [viewer.root], isWide: true, begin: () => viewer.open() });
  viewer.close();
}

class Viewer {
  constructor(page, { id, name }, citation) {
    Object.assign(this, { ...page, id, name, citation, number: citation?.page ?? 1, view: null });
    this.draw();
  }

  draw() {
    const { words } = this;
    this.back = iconButton(words, "previous", "page-previous", () => this.show(this.number - 1));
    this.forth = iconButton(words, "next", "page-next", () => this.show(this.number + 1));
    this.place = element("span", { class: "viewer-place", role: "status" });
    this.save = iconButton(words, "export", "document-save", () => this.guard(() => saveOriginal(this.api, this)));
    words.setLabel(this.save, "document-save", { name: this.name });
    for (const button of [this.back, this.forth, this.save]) button.disabled = true; // until there is a document
    const bar = element("div", { class: "viewer-bar" }, this.back, this.place, this.forth, this.save);
    const { quote } = this.citation ?? {};
    this.quote = element("blockquote", { class: "viewer-quote", dir: "auto", hidden: !quote }, quote ?? "");
    this.notice = element("p", { class: "error", role: "alert", hidden: true });
    this.body = element("div", { class: "viewer-body", tabindex: 0, role: "region" });
    words.setLabel(this.body, "page-content");
    this.root = element("div", { class: "viewer" }, bar, this.quote, this.notice, this.body);
  }

  /** Learn how many pages there are, and show the first one. */
  async open() {
    await this.guard(async () => {
      this.document = await this.api.json(`/documents/${this.id}`);
      await this.show(this.number);
    });
  }

  close() {
    this.wanted = null;
    this.view?.close();
  }

  /** Show a page, unless another one is asked for before it has loaded. */
  async show(number) {
    this.number = number;
    const wanted = (this.wanted = Symbol(number));
    this.showPlace();
    this.body.setAttribute("aria-busy", "true");
    await this.guard(async () => {
      const citation = this.citation?.page === number ? this.citation : null;
      const view = await PageView.load(this.api, this.words, this.document, number, citation);
      if (this.wanted === wanted) this.put(view);
      else view.close();
    });
  }

  put(view) {
    this.view?.close();
    this.view = view;
    this.body.replaceChildren(view.root);
    this.body.setAttribute("aria-busy", "false");
    this.body.scrollTop = 0;
    view.scrollToMark();
  }

  showPlace() {
    const { number } = this;
    const last = this.document.pages ?? this.document.pages_read;
    const lastRead = Math.max(this.document.pages_read, 1);
    this.words.setText(this.place, "page-of", { page: number, pages: Math.max(last, number) });
    this.save.disabled = false;
    this.save.hidden = this.document.has_file === false; // the knowledge base is read page by page
    this.back.disabled = number <= 1;
    this.forth.disabled = number >= lastRead;
  }

  /** Carry out an action, and say why it failed. */
  async guard(action) {
    this.notice.hidden = true;
    try {
      await action();
    } catch (error) {
      this.notice.hidden = false;
      if (error.status === 404 && !this.document) this.words.setText(this.notice, "document-gone");
      else this.notice.textContent = error.message;
    }
  }
}
