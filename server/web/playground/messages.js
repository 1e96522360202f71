/** The dialogue that is edited: messages as `/v1/chat/completions` takes them, their content always a list of parts. */

export const ROLES = ["system", "user", "assistant"];

export function textPart(text = "") {
  return { type: "text", text };
}

export function picturePart(url) {
  return { type: "image_url", image_url: { url } };
}

export function isPicture(part) {
  return part.type === "image_url";
}

export function newMessage(role) {
  return { role, content: [textPart()] };
}

/** Who speaks next, as a rule. */
export function nextRole(messages) {
  return messages.at(-1)?.role === "user" ? "assistant" : "user";
}

/** Pictures are the user's alone. */
export function takes(message, part) {
  return message.role === "user" || !isPicture(part);
}

/** All parts that are pictures, in the order in which the model gets them. */
export function picturesOf(messages) {
  return messages.flatMap(({ content }) => content.filter(isPicture));
}

/** The place, `[message, part]`, one step up (-1) or down (1), across messages too; null where there is none. */
export function stepOf(messages, [at, index], by) {
  const { content } = messages[at];
  if (content[index + by]) return [at, index + by];
  for (let other = at + by; messages[other]; other += by) {
    if (takes(messages[other], content[index])) return [other, by < 0 ? messages[other].content.length : 0];
  }
  return null;
}

/** `to` counts without the part that is moved. */
export function movePart(messages, from, to) {
  const [part] = messages[from[0]].content.splice(from[1], 1);
  messages[to[0]].content.splice(to[1], 0, part);
}

/** `to` counts without the message that is moved. */
export function moveMessage(messages, from, to) {
  const [message] = messages.splice(from, 1);
  messages.splice(to, 0, message);
}
