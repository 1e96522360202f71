/** One document of a collection, from the file that is sent to what the server has read of it. */

import { DocumentEntry } from "/web/chat/document_entry.js";

export class KnowledgeEntry extends DocumentEntry {
  /** A file on its way to `collection`, to be read as `role`. */
  static send(file, collection, role) {
    return Object.assign(new KnowledgeEntry(collection), { file, name: file.name, collection, role });
  }

  static stored(document) {
    return new KnowledgeEntry(document.collection).take(document);
  }

  take(document) {
    super.take(document);
    const { collection, role, source, num_bytes: numBytes, created_s: createdS } = document;
    return Object.assign(this, { collection, role, source, numBytes, createdS });
  }
}
