/** Files: what kind they are of, choosing them, and saving them. */

import { element } from "./dom.js";
import { ACCEPTED as PICTURES, toPicture } from "./pictures.js";

const CLIPS = { avi: "video/x-msvideo", m4v: "video/mp4", mkv: "video/x-matroska", mov: "video/quicktime", mp4: "video/mp4", webm: "video/webm" };
/** The types of clips by the ends of names: systems that do not know a type give none. */

const DOCUMENTS = "pdf docx docm xlsx xlsm xls ods csv tsv toml pptx pptm html htm md markdown txt".split(" ");
/** The ends of names of documents. Whatever else is chosen is sent too: the server says what it can read. */

const KEPT_MS = 60_000;

export const ACCEPTED_DOCUMENTS = DOCUMENTS.map((end) => `.${end}`).join(",");
/** For the `accept` of a file input. */

export const ACCEPTED_FILES = [PICTURES, "video/*", ...Object.keys(CLIPS).map((end) => `.${end}`), ACCEPTED_DOCUMENTS].join(",");

/** Return the clip file with its type, or null for what is no clip. */
export function toClip(file) {
  if (file.type.startsWith("video/")) return file;
  const end = file.name.split(".").at(-1).toLowerCase();
  if (file.type || !Object.hasOwn(CLIPS, end)) return null;
  return new File([file], file.name, { type: CLIPS[end], lastModified: file.lastModified });
}

/** Return a file as `{ kind, file }`: a "picture" or a "clip" with its type, or a "document". */
export function sortFile(file) {
  const picture = toPicture(file);
  if (picture) return { kind: "picture", file: picture };
  const clip = toClip(file);
  return clip ? { kind: "clip", file: clip } : { kind: "document", file };
}

/** Return whether a file can be read: it may be gone, or a folder, or nobody may read it. */
export async function isReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
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

/** Save a blob as a file of the user. */
export function saveFile(name, blob) {
  const url = URL.createObjectURL(blob);
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}
