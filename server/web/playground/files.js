/** Files from the disk, the clipboard and the mouse, and to the disk. */

import { element } from "/web/frame/dom.js";

/** Pictures apart from what is none. */
export function pictureFiles(files) {
  const good = files.filter(({ type }) => type.startsWith("image/"));
  return { good, bad: files.filter((file) => !good.includes(file)) };
}

/** A file as a data URL, byte for byte: the model must see what was given. */
export function readUrl(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

/** Asks for files; resolves to none where the question is closed. */
export function pickFiles(accept, isMultiple) {
  return new Promise((resolve) => {
    const input = element("input", { type: "file", accept, multiple: isMultiple, hidden: true });
    const end = () => {
      input.remove();
      resolve([...input.files]);
    };
    input.addEventListener("change", end);
    input.addEventListener("cancel", end);
    document.body.append(input);
    input.click();
  });
}

export function saveFile(name, text, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
