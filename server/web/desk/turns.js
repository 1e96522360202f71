/** The parts of a dialogue as elements: what each has said, and when somebody else began to answer. */

import { isFrame, pickFrames } from "/web/chat/clips.js";
import { renderMarkdown } from "/web/chat/markdown.js";
import { element } from "/web/frame/dom.js";
import { createTime, writeMaker } from "./writing.js";

const SPEAKERS = { person: "person", service: "service" };
/** The texts for those who answer in place of the model. */

const ENDINGS = { abort: "stopped", error: "broken", length: "cut", content_filter: "blocked", handover: "taken-over", repetition: "repeating" };

/** Create what a turn has: the question, the answer, or both. `agent` is the name of the key at this desk. */
export function createTurn(words, turn, pictures) {
  const asked = turn.messages.filter(({ role }) => role === "user").map((message) => createQuestion(words, turn, message, pictures));
  const answered = turn.messages.filter(({ role }) => role === "assistant");
  const answer = answered.length ? [createAnswer(words, turn, answered, pictures)] : [];
  return element("li", { class: "turn" }, ...asked, ...answer);
}

function createQuestion(words, turn, message, pictures) {
  const stored = message.content.filter(({ type }) => type === "picture");
  const shown = [...stored.filter((one) => !isFrame(one)), ...pickFrames(stored.filter(isFrame))];
  const text = element("p", { class: "question", dir: "auto" }, joinTexts(message));
  return createSaid(words, { who: "customer", key: "customer", at: turn.created_s }, pictures.create(shown), text);
}

function createAnswer(words, turn, messages, pictures) {
  const stored = messages.flatMap(({ content }) => content.filter(({ type }) => type === "picture"));
  const text = messages.map(joinTexts).filter(Boolean).join("\n\n");
  const body = text ? element("div", { class: "markdown", dir: "auto" }, renderMarkdown(text)) : null;
  for (const wide of body?.querySelectorAll("pre, table") ?? []) wide.tabIndex = 0; // so that the keyboard can scroll it
  const who = turn.author ?? "model";
  const key = who === "person" && turn.author_name ? "person-named" : (SPEAKERS[who] ?? "model");
  const at = turn.finished_s ?? turn.created_s;
  return createSaid(words, { who, key, name: turn.author_name, at }, pictures.create(stored), body, createNotes(words, turn));
}

function createSaid(words, { who, key, name = "", at }, ...parts) {
  const speaker = words.setText(element("span", { dir: "auto" }), key, { name });
  const heading = element("h3", { class: "speaker" }, speaker, " ", createTime(words, at));
  return element("div", { class: `said ${who}` }, heading, element("div", { class: "bubble" }, ...parts));
}

/** Say what the answer is from, how it ended, and what the customer thought of it. */
function createNotes(words, { citations = [], finish_reason: reason, feedback }) {
  const names = [...new Set(citations.map(({ name }) => name))];
  const notes = [
    ...(names.length ? [words.setText(element("li", { dir: "auto" }), "sources-are", { names: names.join(", ") })] : []),
    ...(ENDINGS[reason] ? [words.setText(element("li"), ENDINGS[reason])] : []),
    ...(feedback ? [words.setText(element("li"), `rated-${feedback.thumb}`)] : []),
  ];
  return notes.length ? element("ul", { class: "notes" }, ...notes) : null;
}

/** Create the line of a change of who answers. */
export function createChange(words, event, session) {
  const by = writeMaker(words, event.by, session);
  const text = words.setText(element("span", { dir: "auto" }), nameChange(event), { by });
  return element("li", { class: "change" }, text, " ", createTime(words, event.at_s));
}

/** Return the key of the text that says what happened in a change. */
export function nameChange({ state, reason }) {
  if (state === "waiting") return `began-${reason}`;
  if (state === "person") return reason === "operator" ? "interrupted" : "taken";
  return state === "bot" && reason === "customer" ? "reopened" : `made-${state}`;
}

function joinTexts({ content }) {
  return content.filter(({ type }) => type === "text").map(({ text }) => text).join("\n");
}
