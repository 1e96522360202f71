/** The dialog that shows the snippets of a set, to read and copy. */

import { copyText } from "/web/frame/clipboard.js";
import { openPanel } from "/web/frame/dialogs.js";
import { element } from "/web/frame/dom.js";
import { writeCurl, writePython, shortenFiles } from "./snippets.js";

const MAKERS = { Python: writePython, curl: writeCurl };

/** Show a dialog with the snippets of a request; resolve when it is closed. */
export function showCode(words, body, { needsKey }) {
  const code = element("pre", { class: "code", tabindex: 0 });
  words.setLabel(code, "code");
  const status = element("p", { class: "hint", role: "status" });
  const copy = words.setText(element("button", { type: "button", class: "button primary" }), "copy");
  const texts = Object.entries(MAKERS).map(([name, make]) => [name, make(body, { address: location.origin, needsKey })]);
  let current = "";
  const tabs = texts.map(([name, text]) => {
    const show = () => {
      current = text;
      code.textContent = shortenFiles(text);
      status.textContent = "";
      for (const tab of tabs) tab.setAttribute("aria-pressed", String(tab.textContent === name));
    };
    return element("button", { type: "button", class: "tab", on: { click: show } }, name);
  });
  copy.addEventListener("click", async () => {
    await copyText(current);
    words.setText(status, "copied");
  });
  tabs[0].click();
  const hint = words.setText(element("p", { class: "hint" }), needsKey ? "code-hint-key" : "code-hint");
  const children = [element("div", { class: "tabs" }, ...tabs), code, hint, status, copy];
  return openPanel(words, { title: "code-title", children, isWide: true });
}
