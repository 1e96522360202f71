/** One part of a message: a text to write, or a picture with how finely it may be cut. */

import { zoom } from "/web/frame/dialogs.js";
import { element } from "/web/frame/dom.js";
import { isPicture } from "./messages.js";

/** `changed()` is called after each change of the part; `at` are the numbers of its message and of itself. */
export function partView(words, part, at, changed) {
  return isPicture(part) ? pictureView(words, part, at, changed) : textView(words, part, at, changed);
}

function textView(words, part, at, changed) {
  const area = element("textarea", { rows: 2, class: "part-text" });
  area.value = part.text;
  area.addEventListener("input", () => {
    part.text = area.value;
    changed();
  });
  return words.label(area, "part-text", at);
}

function pictureView(words, part, at, changed) {
  const { url } = part.image_url;
  const shown = url.startsWith("data:image/") ? pictureButton(words, url, at) : element("code", { class: "address" }, url);
  return element("div", { class: "part-picture" }, shown, slices(words, part, at, changed));
}

function pictureButton(words, url, at) {
  const size = element("span", { class: "hint" });
  const image = element("img", { src: url, alt: "" });
  image.addEventListener("load", () => (size.textContent = `${image.naturalWidth} × ${image.naturalHeight}`));
  image.addEventListener("error", () => words.say(size, "not-shown"));
  const click = () => zoom(words, url, words.text("part-picture", at));
  const button = element("button", { type: "button", class: "thumbnail", on: { click } }, image);
  return element("div", { class: "with-size" }, words.label(button, "part-picture", at), size);
}

function slices(words, part, { message, part: index }, changed) {
  const input = element("input", { type: "number", min: 1, step: 1, id: `slices-${message}-${index}` });
  input.value = part.max_slice_nums ?? "";
  input.addEventListener("input", () => {
    if (!input.checkValidity()) return;
    if (input.value) part.max_slice_nums = Number(input.value);
    else delete part.max_slice_nums;
    changed();
  });
  const label = words.say(element("label", { for: input.id }), "part-slices", { message, part: index });
  return element("div", { class: "part-slices" }, label, input);
}
