/** A saved run: the messages, and each set with its answer. Everything is validated, as files can come from anybody. */

import { readMessages } from "./reading.js";

const KIND = "minicpm-v-playground";
const VERSION = 1;
export const MAX_SETS = 4;
const KINDS = ["text", "control", "image"];

export function createRun(model, asked, sets) {
  return { kind: KIND, version: VERSION, model, ...asked, sets: sets.map(({ saved }) => saved) };
}

/** Return the messages and sets of a saved run, and whether its last message is continued. Throws an `Error` if the value is not a run. */
export function readRun(value) {
  check(isObject(value) && value.kind === KIND && value.version === VERSION && isListOf(value.sets, isSet));
  check(value.sets.length > 0 && value.sets.length <= MAX_SETS);
  const { continue_final_message: continues = true } = value;
  check(typeof continues === "boolean");
  return { messages: readMessages(value.messages), continues, sets: value.sets };
}

function check(isTrue) {
  if (!isTrue) throw new Error("not a run");
}

function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function isListOf(value, isOne) {
  return Array.isArray(value) && value.every((one) => isOne(one));
}

function isNumber(value) {
  return Number.isFinite(value);
}

function isSet({ parameters, answer, prompt } = {}) {
  return isObject(parameters) && (answer === null || isAnswer(answer)) && (prompt === null || isPrompt(prompt));
}

function isAnswer(answer) {
  if (!isObject(answer) || !isObject(answer.request) || !isListOf(answer.choices, isChoice)) return false;
  const { usage, problem } = answer;
  return (usage === null || isObject(usage)) && (problem === null || typeof problem === "string");
}

function isChoice(choice) {
  return isObject(choice) && typeof choice.text === "string" && isListOf(choice.tokens, isToken);
}

function isToken(token) {
  return isScored(token) && isListOf(token.top_logprobs, isScored);
}

function isScored(token) {
  return isObject(token) && typeof token.token === "string" && isNumber(token.logprob) && isListOf(token.bytes, isNumber);
}

function isPrompt(prompt) {
  if (!isObject(prompt) || !isListOf(prompt.pictures, isPicture) || !isListOf(prompt.trace ?? [], isNote)) return false;
  return isListOf(prompt.segments, (segment) => isSegment(segment, prompt.pictures));
}

function isNote({ stage, passages = [] } = {}) {
  return (stage !== "documents" && stage !== "knowledge") || isListOf(passages, isObject);
}

function isPicture(picture) {
  return isObject(picture) && isNumber(picture.width) && isNumber(picture.height) && isListOf(picture.views, isView);
}

function isView(view) {
  return isObject(view) && isListOf(view.box, isNumber) && view.box.length === 4;
}

function isSegment(segment, pictures) {
  if (!isObject(segment) || !KINDS.includes(segment.kind)) return false;
  if (segment.kind === "image") return isObject(pictures[segment.picture]?.views[segment.view]);
  return typeof segment.text === "string" && isListOf(segment.ids, isNumber);
}
