/** The sources of an answer: marks such as [1] in its text, and the list below it. Each opens its page. */

import { element } from "/web/frame/dom.js";

const MARK = /\[(\d{1,3})\]/g;
const LITERAL = "code, pre";

/** Return the key of the text that names a citation, and its values. */
export function describe({ number, name, page, heading, sheet, rows }) {
  if (rows) return describeRows({ number, name, sheet }, writeRows(rows));
  return heading ? ["source-heading", { number, name, page, heading }] : ["source-page", { number, name, page }];
}

/** A text of delimited values has rows, but no sheet. */
function describeRows({ number, name, sheet }, rows) {
  const isOne = /^\d+$/.test(rows);
  if (sheet) return [isOne ? "source-sheet-row" : "source-sheet-rows", { number, name, sheet, rows }];
  return [isOne ? "source-row" : "source-rows", { number, name, rows }];
}

/** Write rows as a text: one number, a first and a last one, or several. */
function writeRows(rows) {
  if (!Array.isArray(rows)) return String(rows);
  const isRange = rows.length === 2 && rows[0] !== rows[1];
  return isRange ? rows.join("–") : [...new Set(rows)].join(", ");
}

/** Make buttons of the marks of these citations in a rendered answer; `open(citation)` is called when one is pressed. */
export function markCitations(words, root, citations, open) {
  const byNumber = new Map(citations.map((citation) => [citation.number, citation]));
  for (const text of listTexts(root)) {
    const pieces = splitMarks(text.data, byNumber);
    if (pieces.length < 2 && typeof pieces[0] === "string") continue;
    text.replaceWith(...pieces.map((piece) => (typeof piece === "string" ? piece : createMark(words, piece, open))));
  }
}

function listTexts(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) if (!walker.currentNode.parentElement.closest(LITERAL)) texts.push(walker.currentNode);
  return texts;
}

/** Split a text into strings and the citations whose marks stand between them. */
function splitMarks(text, byNumber) {
  const pieces = [];
  let at = 0;
  for (const { 0: mark, 1: number, index } of text.matchAll(MARK)) {
    const citation = byNumber.get(Number(number));
    if (!citation) continue;
    pieces.push(text.slice(at, index), citation);
    at = index + mark.length;
  }
  return [...pieces, text.slice(at)].filter((piece) => piece !== "");
}

function createMark(words, citation, open) {
  const button = element("button", { type: "button", class: "mark", on: { click: () => open(citation) } }, `[${citation.number}]`);
  return words.setLabel(button, ...describe(citation));
}

/** Create the list of the sources. */
export function createSources(words, citations, open) {
  const title = words.setText(element("h3"), "sources");
  const items = citations.map((citation) => createSource(words, citation, open));
  return element("section", { class: "sources" }, title, element("ol", {}, ...items));
}

function createSource(words, citation, open) {
  const button = element("button", { type: "button", class: "source", dir: "auto", on: { click: () => open(citation) } });
  words.setText(button, ...describe(citation));
  const quote = citation.quote ? element("q", { class: "source-quote", dir: "auto" }, citation.quote) : null;
  return element("li", {}, button, quote);
}
