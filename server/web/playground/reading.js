/** Validation of messages in JSON that somebody wrote or saved. */

import { JsonError } from "./json.js";
import { ROLES, isPicture, isText, accepts, createDocumentPart, createTextPart } from "./messages.js";

const PICTURE = /^picture:(\d+)$/;
const DOCUMENT = /^document:(\d+)$/;
const TYPES = ["text", "image_url", "file"];
const DETAILS = ["auto", "low", "high"];

/**
 * Return the messages of a JSON value. `pictures` are the URLs of `picture:1` and so on, `documents` those of
 * `document:1`. Throws `JsonError`.
 */
export function readMessages(value, lineOf = () => 0, { pictures = [], documents = [] } = {}) {
  const fail = (path, key, values) => {
    throw new JsonError(lineOf(...path), key, values);
  };
  if (!Array.isArray(value) || value.length === 0) fail([], "msgs-list");
  return value.map((message, at) => readMessage(message, [at], { fail, pictures, documents }));
}

function readMessage(message, path, context) {
  const { fail } = context;
  checkNames(message, ["role", "content"], path, fail);
  if (!ROLES.includes(message.role)) fail([...path, "role"].slice(0, "role" in message ? 2 : 1), "msgs-role");
  const { role, content } = message;
  if (typeof content === "string") return { role, content: [createTextPart(content)] };
  if (!Array.isArray(content)) fail("content" in message ? [...path, "content"] : path, "msgs-content");
  const parts = content.map((part, index) => readPart(part, [...path, "content", index], context));
  parts.forEach((part, index) => accepts(message, part) || fail([...path, "content", index], "msgs-picture-role"));
  return { role, content: parts };
}

function readPart(part, path, context) {
  const { fail } = context;
  if (!TYPES.includes(part?.type)) fail(path, "msgs-part");
  if (isPicture(part)) return readPicture(part, path, context);
  if (!isText(part)) return readDocument(part, path, context);
  checkNames(part, ["type", "text"], path, fail);
  if (typeof part.text !== "string") fail(path, "msgs-text");
  return createTextPart(part.text);
}

function readDocument(part, path, { fail, documents }) {
  checkNames(part, ["type", "file"], path, fail);
  checkNames(part.file, ["filename", "file_data"], [...path, "file"], fail);
  const { filename, file_data: data } = part.file;
  if (typeof filename !== "string" || typeof data !== "string") fail([...path, "file"], "msgs-file");
  const resolved = resolve(data, DOCUMENT, documents);
  return createDocumentPart(filename, resolved ?? fail([...path, "file", "file_data"], "msgs-no-document", { url: data }));
}

function readPicture(part, path, { fail, pictures }) {
  checkNames(part, ["type", "image_url", "max_slice_nums"], path, fail);
  checkNames(part.image_url, ["url", "detail"], [...path, "image_url"], fail);
  const { url, detail = "auto" } = part.image_url;
  if (typeof url !== "string") fail([...path, "image_url"], "msgs-url");
  if (!DETAILS.includes(detail)) fail([...path, "image_url", "detail"], "msgs-detail");
  const slices = part.max_slice_nums ?? null;
  if (slices !== null && !(Number.isInteger(slices) && slices > 0)) fail([...path, "max_slice_nums"], "msgs-slices");
  const image = { url: resolve(url, PICTURE, pictures) ?? fail([...path, "image_url", "url"], "msgs-no-picture", { url }) };
  if (detail !== "auto") image.detail = detail;
  return { type: "image_url", image_url: image, ...(slices === null ? {} : { max_slice_nums: slices }) };
}

/** Return a URL, or the one that stands for it among `urls`; undefined where there is none. */
function resolve(url, pattern, urls) {
  const [, number] = pattern.exec(url) ?? [];
  return number === undefined ? url : urls[number - 1];
}

/** Fail unless the value is an object with no other names than these. */
function checkNames(value, names, path, fail) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) fail(path, "msgs-object");
  for (const name of Object.keys(value)) {
    if (!names.includes(name)) fail([...path, name], "msgs-unknown", { name });
  }
}
