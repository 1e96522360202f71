/** One part of a message: a text field, a picture with its own `max_slice_nums`, or a document. */

import { zoom } from "/web/frame/dialogs.js";
import { element, icon } from "/web/frame/dom.js";
import { isPicture, isText } from "./messages.js";

const KB = 1024;

/** `changed()` is called after each change of the part; `at` has the numbers of the message and the part. */
export function createPartView(words, part, at, changed) {
  if (isText(part)) return createTextView(words, part, at, changed);
  return isPicture(part) ? createPictureView(words, part, at, changed) : createDocumentView(words, part, at);
}

function createDocumentView(words, { file: { filename, file_data: data } }, at) {
  const base64 = data.slice(data.indexOf(",") + 1);
  const size = Math.ceil((base64.length * 3) / 4 / KB);
  const name = element("span", { class: "document-name", dir: "auto" }, filename);
  const kilobytes = words.setText(element("span", { class: "hint" }), "document-size", { size });
  const view = element("div", { class: "part-document", role: "group" }, icon("document"), name, kilobytes);
  view.setAttribute("aria-labelledby", (name.id = `document-${at.message}-${at.part}`));
  return view;
}

function createTextView(words, part, at, changed) {
  const area = element("textarea", { rows: 2, class: "part-text", dir: "auto" });
  area.value = part.text;
  area.addEventListener("input", () => {
    part.text = area.value;
    changed();
  });
  return words.setLabel(area, "part-text", at);
}

function createPictureView(words, part, at, changed) {
  const { url } = part.image_url;
  const shown = url.startsWith("data:image/") ? createPictureButton(words, url, at) : element("code", { class: "address" }, url);
  return element("div", { class: "part-picture" }, shown, createSlicesField(words, part, at, changed));
}

function createPictureButton(words, url, at) {
  const size = element("span", { class: "hint" });
  const image = element("img", { src: url, alt: "" });
  image.addEventListener("load", () => {
    if (image.src !== url) words.setText(size, "preview");
    else size.textContent = `${image.naturalWidth} × ${image.naturalHeight}`;
  });
  image.addEventListener("error", () => words.setText(size, "not-shown"));
  const click = () => zoom(words, image.src, words.text("part-picture", at));
  const button = element("button", { type: "button", class: "thumbnail", on: { click } }, image);
  return element("div", { class: "with-size" }, words.setLabel(button, "part-picture", at), size);
}

function createSlicesField(words, part, { message, part: index }, changed) {
  const input = element("input", { type: "number", min: 1, step: 1, id: `slices-${message}-${index}` });
  input.value = part.max_slice_nums ?? "";
  input.addEventListener("input", () => {
    if (!input.checkValidity()) return;
    if (input.value) part.max_slice_nums = Number(input.value);
    else delete part.max_slice_nums;
    changed();
  });
  const label = words.setText(element("label", { for: input.id }), "part-slices", { message, part: index });
  return element("div", { class: "part-slices" }, label, input);
}
