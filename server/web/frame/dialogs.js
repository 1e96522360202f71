/** Questions in a dialog, each a promise of its answer. The browser keeps the focus in it, and gives it back. */

import { element, icon, iconButton } from "./dom.js";

/** Resolves to what `read` gives once the form is sent, to null when it is cancelled. */
export async function openForm(words, { title, fields, submit, isDanger = false, read }) {
  const heading = headingOf(words, title);
  const cancel = words.say(element("button", { type: "button", class: "button" }), "cancel");
  const send = element("button", { type: "submit", class: isDanger ? "button danger" : "button primary" });
  const buttons = element("div", { class: "buttons" }, cancel, words.say(send, submit));
  const form = element("form", {}, heading, ...fields, buttons);
  const dialog = element("dialog", { class: "dialog", "aria-labelledby": heading.id }, form);
  let answer = null;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answer = read();
    dialog.close();
  });
  cancel.addEventListener("click", () => dialog.close());
  await shown(dialog);
  return answer;
}

/** Something to look at and to use, until it is closed. `begin(close)` may keep the way to do that. */
export function openPanel(words, { title, children, isWide = false, begin = () => {} }) {
  const heading = headingOf(words, title);
  const close = iconButton(words, "close", "close", () => dialog.close());
  const head = element("div", { class: "panel-head" }, heading, close);
  const attributes = { class: isWide ? "dialog panel wide" : "dialog panel", "aria-labelledby": heading.id };
  const dialog = element("dialog", attributes, head, ...children);
  begin(() => dialog.close());
  return shown(dialog);
}

/** A picture as large as the window, until it is clicked or Escape is pressed. */
export function zoom(words, url, alt) {
  const close = element("button", { type: "button", class: "icon-button zoom-close" }, icon("close"));
  words.label(close, "close");
  const dialog = element("dialog", { class: "zoom", "aria-label": alt }, element("img", { src: url, alt }), close);
  dialog.addEventListener("click", () => dialog.close());
  return shown(dialog);
}

/** With an id of its own: a dialog may ask for another. */
function headingOf(words, title) {
  const id = `dialog-title-${document.querySelectorAll("dialog").length}`;
  return words.say(element("h2", { id }), title);
}

/** Resolves when it is closed, and gone. */
function shown(dialog) {
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve();
    });
  });
}
