/** To and from the clipboard. */

import { element } from "./dom.js";

/** Browsers lend the clipboard to pages over TLS and of this machine; elsewhere the old way is left. */
export async function copyText(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = element("textarea", { class: "unseen" });
  area.value = text;
  const place = document.querySelector("dialog[open]") ?? document.body; // the rest of the page has no focus then
  place.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** Files that are pasted. Word processors and spreadsheets give a picture beside their text: then it is the text. */
export function pastedFiles({ clipboardData }) {
  const { types = [], files = [] } = clipboardData ?? {};
  return types.includes("text/plain") && types.includes("text/html") ? [] : [...files];
}
