/** From JSON that somebody wrote or saved to messages. Nothing in it is taken for granted. */

import { JsonProblem } from "./json.js";
import { ROLES, isPicture, takes, textPart } from "./messages.js";

const PICTURE = /^picture:(\d+)$/;
const DETAILS = ["auto", "low", "high"];

/** Throws `JsonProblem`. `pictures` are URLs that `picture:1` and so on stand for. */
export function readMessages(value, lineOf = () => 0, pictures = []) {
  const fail = (path, key, values) => {
    throw new JsonProblem(lineOf(...path), key, values);
  };
  if (!Array.isArray(value) || value.length === 0) fail([], "msgs-list");
  return value.map((message, at) => readMessage(message, [at], { fail, pictures }));
}

function readMessage(message, path, context) {
  const { fail } = context;
  only(message, ["role", "content"], path, fail);
  if (!ROLES.includes(message.role)) fail([...path, "role"].slice(0, "role" in message ? 2 : 1), "msgs-role");
  const { role, content } = message;
  if (typeof content === "string") return { role, content: [textPart(content)] };
  if (!Array.isArray(content)) fail("content" in message ? [...path, "content"] : path, "msgs-content");
  const parts = content.map((part, index) => readPart(part, [...path, "content", index], context));
  parts.forEach((part, index) => takes(message, part) || fail([...path, "content", index], "msgs-picture-role"));
  return { role, content: parts };
}

function readPart(part, path, { fail, pictures }) {
  if (typeof part?.type !== "string" || !["text", "image_url"].includes(part.type)) fail(path, "msgs-part");
  if (!isPicture(part)) {
    only(part, ["type", "text"], path, fail);
    if (typeof part.text !== "string") fail(path, "msgs-text");
    return textPart(part.text);
  }
  only(part, ["type", "image_url", "max_slice_nums"], path, fail);
  only(part.image_url, ["url", "detail"], [...path, "image_url"], fail);
  const { url, detail = "auto" } = part.image_url;
  if (typeof url !== "string") fail([...path, "image_url"], "msgs-url");
  if (!DETAILS.includes(detail)) fail([...path, "image_url", "detail"], "msgs-detail");
  const slices = part.max_slice_nums ?? null;
  if (slices !== null && !(Number.isInteger(slices) && slices > 0)) fail([...path, "max_slice_nums"], "msgs-slices");
  const image = { url: urlOf(url, pictures) ?? fail([...path, "image_url", "url"], "msgs-no-picture", { url }) };
  if (detail !== "auto") image.detail = detail;
  return { type: "image_url", image_url: image, ...(slices === null ? {} : { max_slice_nums: slices }) };
}

function urlOf(url, pictures) {
  const [, number] = PICTURE.exec(url) ?? [];
  return number === undefined ? url : pictures[number - 1];
}

/** An object with no other names than these. */
function only(value, names, path, fail) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) fail(path, "msgs-object");
  for (const name of Object.keys(value)) {
    if (!names.includes(name)) fail([...path, name], "msgs-unknown", { name });
  }
}
