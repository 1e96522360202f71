/** The files of documents as they were uploaded. */

import { saveFile } from "/web/frame/files.js";

/** Save the file of a document. Throws `RequestError`. */
export async function saveOriginal(api, { id, name }) {
  saveFile(name, await (await api.send(`/documents/${id}/file`)).blob());
}
