/** Pictures in small, each of which opens in large. */

import { zoom } from "/web/frame/dialogs.js";
import { element, icon } from "/web/frame/dom.js";

/** With `remove` each has a button that takes it away. */
export function thumbnails(words, pictures, remove = null) {
  return pictures.map((picture, index) => {
    const number = index + 1;
    const open = thumbnail(words, picture, number);
    return remove ? element("div", { class: "in-tray" }, open, remover(words, number, () => remove(picture))) : open;
  });
}

function thumbnail(words, { url }, number) {
  const image = element("img", { src: url, alt: "" });
  const click = () => zoom(words, url, words.text("picture", { number }));
  return words.label(element("button", { type: "button", class: "thumbnail", on: { click } }, image), "zoom", { number });
}

function remover(words, number, click) {
  const button = element("button", { type: "button", class: "icon-button remove", on: { click } }, icon("close"));
  return words.label(button, "remove-picture", { number });
}
