/** Copying and pasting. */

import { element, iconButton, setIcon } from "./dom.js";

const COPIED_MS = 1500;

/** Create a button that copies what `read()` returns, and shows for a moment that it did. */
export function createCopyButton(words, key, read) {
  const button = iconButton(words, "copy", key, async () => {
    await copyText(read());
    setIcon(button, "done");
    words.setLabel(button, "copied");
    setTimeout(() => {
      setIcon(button, "copy");
      words.setLabel(button, key);
    }, COPIED_MS);
  });
  return button;
}

/** Copy a text. The clipboard API needs TLS or localhost; elsewhere this falls back to `execCommand`. */
export async function copyText(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = element("textarea", { class: "unseen" });
  area.value = text;
  const place = document.querySelector("dialog[open]") ?? document.body; // outside an open dialog nothing can have the focus
  place.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** Return the pasted files, but none where a word processor adds a picture of its text to the text. */
export function getPastedFiles({ clipboardData }) {
  const { types = [], files = [] } = clipboardData ?? {};
  return types.includes("text/plain") && types.includes("text/html") ? [] : [...files];
}
