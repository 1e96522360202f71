/** The dialog that asks for the password of an encrypted document. */

import { openForm } from "/web/frame/dialogs.js";
import { element } from "/web/frame/dom.js";

/** Return the password, or null where the user gives none. It is kept only until the server has the document. */
export function askPassword(words, { name, error }) {
  const input = element("input", { id: "document-password", type: "password", required: true, autocomplete: "off" });
  const label = words.setText(element("label", { for: input.id }), "password-label");
  const fields = [
    words.setText(element("p", { dir: "auto" }), "password-why", { name }),
    error ? element("p", { class: "error", role: "alert" }, error) : null,
    element("div", { class: "field" }, label, input),
  ];
  return openForm(words, { title: "password-title", fields, submit: "password-enter", read: () => input.value });
}
