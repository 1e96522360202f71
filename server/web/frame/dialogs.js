/** Modal dialogs. The browser keeps the focus in them, and gives it back afterwards. */

import { element, icon, iconButton } from "./dom.js";

/** Show a form; resolve to what `read` returns when it is submitted, and to null when it is cancelled. */
export async function openForm(words, { title, fields, submit, isDanger = false, read }) {
  const heading = createHeading(words, title);
  const cancel = words.setText(element("button", { type: "button", class: "button" }), "cancel");
  const send = element("button", { type: "submit", class: isDanger ? "button danger" : "button primary" });
  const buttons = element("div", { class: "buttons" }, cancel, words.setText(send, submit));
  const form = element("form", {}, heading, ...fields, buttons);
  const dialog = element("dialog", { class: "dialog", "aria-labelledby": heading.id }, form);
  let answer = null;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answer = read();
    dialog.close();
  });
  cancel.addEventListener("click", () => dialog.close());
  await showDialog(dialog);
  return answer;
}

/** Show a panel until it is closed. `values` go into its title; `begin(close)` gets the function that closes it. */
export function openPanel(words, { title, values = {}, children, isWide = false, begin = () => {} }) {
  const heading = createHeading(words, title, values);
  const close = iconButton(words, "close", "close", () => dialog.close());
  const head = element("div", { class: "panel-head" }, heading, close);
  const attributes = { class: isWide ? "dialog panel wide" : "dialog panel", "aria-labelledby": heading.id };
  const dialog = element("dialog", attributes, head, ...children);
  begin(() => dialog.close());
  return showDialog(dialog);
}

/** Show a picture as large as the window, until it is clicked or Escape is pressed. */
export function zoom(words, url, alt) {
  const close = element("button", { type: "button", class: "icon-button zoom-close" }, icon("close"));
  words.setLabel(close, "close");
  const image = element("img", { src: url, alt });
  image.addEventListener("load", () => image.style.setProperty("--ratio", image.naturalWidth / image.naturalHeight));
  const dialog = element("dialog", { class: "zoom", "aria-label": alt }, image, close);
  dialog.addEventListener("click", () => dialog.close());
  return showDialog(dialog);
}

/** Each heading has its own id, because a dialog may open another. */
function createHeading(words, title, values = {}) {
  const id = `dialog-title-${document.querySelectorAll("dialog").length}`;
  return words.setText(element("h2", { id, dir: "auto" }), title, values);
}

/** Show a dialog; resolve when it is closed and removed. */
function showDialog(dialog) {
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve();
    });
  });
}
