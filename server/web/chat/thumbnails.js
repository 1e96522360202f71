/** Small pictures, each of which opens in large. */

import { zoom } from "/web/frame/dialogs.js";
import { element, icon } from "/web/frame/dom.js";

/** Create thumbnails; with `remove` each has a button that calls it with its picture. */
export function createThumbnails(words, pictures, remove = null) {
  return pictures.map((picture, index) => {
    const number = index + 1;
    const open = createThumbnail(words, picture, number);
    return remove ? element("div", { class: "in-tray" }, open, createRemoveButton(words, number, () => remove(picture))) : open;
  });
}

function createThumbnail(words, { url }, number) {
  const image = element("img", { src: url, alt: "" });
  const click = () => zoom(words, url, words.text("picture", { number }));
  return words.setLabel(element("button", { type: "button", class: "thumbnail", on: { click } }, image), "zoom", { number });
}

function createRemoveButton(words, number, click) {
  const button = element("button", { type: "button", class: "icon-button remove", on: { click } }, icon("close"));
  return words.setLabel(button, "remove-picture", { number });
}
