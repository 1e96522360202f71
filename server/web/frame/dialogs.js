/** Questions in a dialog, each a promise of its answer. The browser keeps the focus in it, and gives it back. */

import { element, icon } from "./dom.js";

/** Resolves to what `read` gives once the form is sent, to null when it is cancelled. */
export async function openForm(words, { title, fields, submit, isDanger = false, read }) {
  const heading = words.say(element("h2", { id: "dialog-title" }), title);
  const cancel = words.say(element("button", { type: "button", class: "button" }), "cancel");
  const send = element("button", { type: "submit", class: isDanger ? "button danger" : "button primary" });
  const buttons = element("div", { class: "buttons" }, cancel, words.say(send, submit));
  const form = element("form", {}, heading, ...fields, buttons);
  const dialog = element("dialog", { class: "dialog", "aria-labelledby": "dialog-title" }, form);
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

/** A picture as large as the window, until it is clicked or Escape is pressed. */
export function zoom(words, url, alt) {
  const close = element("button", { type: "button", class: "icon-button zoom-close" }, icon("close"));
  words.label(close, "close");
  const dialog = element("dialog", { class: "zoom", "aria-label": alt }, element("img", { src: url, alt }), close);
  dialog.addEventListener("click", () => dialog.close());
  return shown(dialog);
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
