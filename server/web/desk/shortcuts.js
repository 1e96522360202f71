/** The keys of the desk, and the panel that lists them. Letters work in the list alone, so that nothing is done by typing. */

import { openPanel } from "/web/frame/dialogs.js";
import { element } from "/web/frame/dom.js";

const KEYS = {
  "F2": "press-next", "Esc": "press-escape", "↑ ↓": "press-arrows", "Enter": "press-enter", "T": "press-take", "F8": "press-canned", "/": "press-slash", "Shift+Enter": "press-line",
};

/** Listen for keys; `next()` opens who waits longest, `leave()` goes back to the list, and `canned()` opens the canned answers. */
export function listenForKeys({ next, leave, canned }) {
  const acts = { F2: next, Escape: leave, F8: canned };
  document.addEventListener("keydown", (event) => {
    const hasOther = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.isComposing;
    if (hasOther || event.defaultPrevented || !Object.hasOwn(acts, event.key) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    acts[event.key]();
  });
}

export function openKeys(words) {
  const rows = Object.entries(KEYS).flatMap(([keys, what]) => [
    element("dt", {}, ...keys.split(" ").map((key) => element("kbd", {}, key))),
    words.setText(element("dd"), what),
  ]);
  return openPanel(words, { title: "keys-title", children: [element("dl", { class: "keys" }, ...rows)] });
}
