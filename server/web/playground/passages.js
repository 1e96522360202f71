/** The passages of documents that went into a prompt, with the scores that the search gave them. */

import { element } from "/web/frame/dom.js";

const SCORES = ["score", "word_score", "meaning_score"];

/** Create the section of the passages in a trace; none where it has no note of documents. */
export function createPassages(words, trace = []) {
  return trace.filter(isShown).flatMap((note) => createSection(words, note));
}

/** Tell whether a note is of a stage that answers from passages, and took part. */
function isShown({ stage, mode }) {
  return stage === "documents" || (stage === "knowledge" && mode !== "none");
}

function createSection(words, note) {
  const { mode = "", passages = [] } = note;
  const title = words.setText(element("h3"), "passages", { count: passages.length });
  const shown = element("p", { class: "hint" }, words.setText(element("span"), "passages-mode"), " ", element("code", {}, mode));
  const section = element("section", { class: "passages" }, title, shown);
  if (passages.length) section.append(createTable(words, passages));
  return [section];
}

function createTable(words, passages) {
  const scores = SCORES.filter((name) => passages.some((passage) => typeof passage[name] === "number"));
  const heads = ["passage-number", "passage-source", ...scores.map((name) => `passage-${name}`)];
  const head = element("tr", {}, ...heads.map((key) => words.setText(element("th", { scope: "col" }), key)));
  const rows = passages.map((passage) => createRow(words, passage, scores));
  const table = element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows));
  const wide = element("div", { class: "passages-wide", tabindex: 0, role: "region" }, table);
  return words.setLabel(wide, "passages-table");
}

function createRow(words, passage, scores) {
  const { number, name, document, page, text } = passage;
  const source = words.setText(element("span", { dir: "auto" }), "passage-page", { name: name ?? document, page: page ?? "–" });
  const read = text ? element("details", {}, element("summary", {}, source), element("p", { dir: "auto" }, text)) : source;
  const shown = scores.map((score) => element("td", { class: "score" }, writeScore(passage[score])));
  return element("tr", {}, element("td", {}, String(number ?? "–")), element("td", {}, read), ...shown);
}

function writeScore(score) {
  return typeof score === "number" ? score.toFixed(3) : "–";
}
