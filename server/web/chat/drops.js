/** Files and texts that are dropped anywhere on the page. */

import DOMPurify from "/web/vendor/dompurify/purify.es.mjs";

const BLOCKS = "p, div, li, tr, h1, h2, h3, h4, h5, h6, blockquote, pre";

export class Drops {
  /** `addFiles(files)` and `addText(text)` get what was dropped; `place` has the class `is-dropping` while files are over it. */
  constructor({ place, field }, { addFiles, addText }) {
    this.place = place;
    this.field = field;
    this.actions = { addFiles, addText };
    this.isFromField = false;
    document.addEventListener("dragstart", ({ target }) => (this.isFromField = target === field));
    document.addEventListener("dragover", (event) => this.dragOver(event));
    document.addEventListener("dragleave", ({ relatedTarget }) => relatedTarget === null && this.mark(false));
    document.addEventListener("dragend", () => (this.isFromField = false));
    document.addEventListener("drop", (event) => this.drop(event));
  }

  dragOver(event) {
    if (this.isForBrowser(event)) return;
    event.preventDefault();
    this.mark(hasFiles(event.dataTransfer));
  }

  drop(event) {
    this.mark(false);
    if (this.isForBrowser(event)) return;
    event.preventDefault();
    const files = [...event.dataTransfer.files];
    if (files.length) this.actions.addFiles(files);
    else this.actions.addText(readText(event.dataTransfer));
  }

  /** Return whether text is moved within the question, or dropped on another field. */
  isForBrowser({ target, dataTransfer }) {
    const field = target.closest?.("input, textarea");
    return !dataTransfer || (!hasFiles(dataTransfer) && Boolean(field) && (field !== this.field || this.isFromField));
  }

  mark(isDropping) {
    this.place.classList.toggle("is-dropping", isDropping);
  }
}

function hasFiles({ types }) {
  return types.includes("Files");
}

/** Return the text that was dragged: as such, the addresses of links, or the words of HTML. */
function readText(data) {
  const links = data.getData("text/uri-list").split(/\r?\n/).filter((line) => line && !line.startsWith("#"));
  return data.getData("text/plain") || links.join("\n") || readHtml(data.getData("text/html"));
}

function readHtml(html) {
  const words = DOMPurify.sanitize(html, { RETURN_DOM_FRAGMENT: true });
  for (const lineBreak of words.querySelectorAll("br")) lineBreak.replaceWith("\n");
  for (const block of words.querySelectorAll(BLOCKS)) block.append("\n");
  return words.textContent.trim();
}
