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

/** Create a thumbnail, which says its number. */
export function createThumbnail(words, picture, number) {
  const image = element("img", { src: picture.url, alt: "", draggable: "false" });
  const click = () => image.hidden || zoom(words, image.src, words.text("picture", { number }));
  const button = element("button", { type: "button", class: "thumbnail", on: { click } }, image);
  image.addEventListener("error", () => showPreview(words, picture, { button, image, number }), { once: true });
  return words.setLabel(button, "zoom", { number });
}

/** Show the server's preview of a picture that the browser cannot draw, and meanwhile that it is being made. */
async function showPreview(words, picture, { button, image, number }) {
  const placeholder = words.setText(element("span", { class: "placeholder" }), "preview-wait");
  image.hidden = true;
  button.append(placeholder);
  try {
    image.src = await picture.preview();
    image.hidden = false;
    placeholder.remove();
  } catch {
    words.setText(placeholder, "preview-none"); // whoever has added the picture is told why
    words.setLabel(button, "preview-none-of", { number });
  }
}

function createRemoveButton(words, number, click) {
  const button = element("button", { type: "button", class: "icon-button remove", on: { click } }, icon("close"));
  return words.setLabel(button, "remove-picture", { number });
}
