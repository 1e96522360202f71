/** Reading, choosing and saving of files. */

import { element } from "/web/frame/dom.js";

/** Split files into pictures and others. */
export function splitPictures(files) {
  const good = files.filter(({ type }) => type.startsWith("image/"));
  return { good, bad: files.filter((file) => !good.includes(file)) };
}

/** Read a file as a data URL without changing its bytes: the model must see the picture that was given. */
export function readAsDataUrl(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

/** Let the user choose files; resolve to an empty list where they cancel. */
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
