/** The snippets of a set in a dialog, to read and to copy. */

import { copyText } from "/web/frame/clipboard.js";
import { openPanel } from "/web/frame/dialogs.js";
import { element } from "/web/frame/dom.js";
import { curlOf, pythonOf, shortened } from "./snippets.js";

const MAKERS = { Python: pythonOf, curl: curlOf };

/** Resolves when it is closed. */
export function showCode(words, body, { needsKey }) {
  const code = element("pre", { class: "code", tabindex: 0 });
  words.label(code, "code");
  const told = element("p", { class: "hint", role: "status" });
  const copy = words.say(element("button", { type: "button", class: "button primary" }), "copy");
  const texts = Object.entries(MAKERS).map(([name, make]) => [name, make(body, { address: location.origin, needsKey })]);
  let current = "";
  const tabs = texts.map(([name, text]) => {
    const show = () => {
      current = text;
      code.textContent = shortened(text);
      told.textContent = "";
      for (const tab of tabs) tab.setAttribute("aria-pressed", String(tab.textContent === name));
    };
    return element("button", { type: "button", class: "tab", on: { click: show } }, name);
  });
  copy.addEventListener("click", async () => {
    await copyText(current);
    words.say(told, "copied");
  });
  tabs[0].click();
  const hint = words.say(element("p", { class: "hint" }), needsKey ? "code-hint-key" : "code-hint");
  const children = [element("div", { class: "tabs" }, ...tabs), code, hint, told, copy];
  return openPanel(words, { title: "code-title", children, isWide: true });
}
