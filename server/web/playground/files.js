/** What is done with files that are given to a message. */

import { sortFile } from "/web/frame/files.js";

/** Split files into pictures, each with its type, documents, and clips. */
export function splitFiles(files) {
  const sorted = files.map(sortFile);
  const pick = (wanted) => sorted.filter(({ kind }) => kind === wanted).map(({ file }) => file);
  return { pictures: pick("picture"), documents: pick("document"), clips: pick("clip") };
}
