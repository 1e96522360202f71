/** The edited messages, in the format of `/v1/chat/completions` with a list of parts as content. */

export const ROLES = ["system", "user", "assistant"];

export function createTextPart(text = "") {
  return { type: "text", text };
}

export function createPicturePart(url) {
  return { type: "image_url", image_url: { url } };
}

/** `data` is the file as a data URL. */
export function createDocumentPart(name, data) {
  return { type: "file", file: { filename: name, file_data: data } };
}

export function isPicture(part) {
  return part.type === "image_url";
}

export function isText(part) {
  return part.type === "text";
}

export function createMessage(role) {
  return { role, content: [createTextPart()] };
}

/** Return the role that most likely comes next. */
export function guessNextRole(messages) {
  return messages.at(-1)?.role === "user" ? "assistant" : "user";
}

/** Return whether the answer can go on where the last message ends, which is the assistant's then. */
export function canContinue(messages) {
  return messages.at(-1)?.role === "assistant";
}

/** Return whether a message may have a part: only user messages have pictures and documents. */
export function accepts(message, part) {
  return message.role === "user" || isText(part);
}

/** Return all parts that are pictures, in the order in which the model gets them. */
export function findPictures(messages) {
  return messages.flatMap(({ content }) => content.filter(isPicture));
}

/** Return the contents of all documents, as data URLs. */
export function findDocuments(messages) {
  return messages.flatMap(({ content }) => content.filter(({ type }) => type === "file").map(({ file }) => file.file_data));
}

/** Return the place `[message, part]` one step up (-1) or down (1), across messages too, or null where there is none. */
export function findStep(messages, [at, index], by) {
  const { content } = messages[at];
  if (content[index + by]) return [at, index + by];
  for (let other = at + by; messages[other]; other += by) {
    if (accepts(messages[other], content[index])) return [other, by < 0 ? messages[other].content.length : 0];
  }
  return null;
}

/** Move a part; `to` is counted without it. */
export function movePart(messages, from, to) {
  const [part] = messages[from[0]].content.splice(from[1], 1);
  messages[to[0]].content.splice(to[1], 0, part);
}

/** Move a message; `to` is counted without it. */
export function moveMessage(messages, from, to) {
  const [message] = messages.splice(from, 1);
  messages.splice(to, 0, message);
}
