/** Previews, drawn by the server, of those pictures that the browser cannot draw. */

import { requestPreview } from "/web/frame/pictures.js";

const MAX_KEPT = 32;

export class Previews {
  /** Replace each picture under `root` that fails to load, and is a data URL, by its preview. */
  constructor(root, api) {
    this.api = api;
    this.requested = new Map();
    root.addEventListener("error", ({ target }) => this.replace(target), { capture: true });
  }

  async replace(image) {
    if (!image.matches?.("img") || !image.src.startsWith("data:image/")) return;
    const { src } = image;
    try {
      image.src = await this.request(src);
    } catch {
      this.requested.delete(src); // the page says that it shows none, and tries again when it is drawn again
    }
  }

  /** Return the address of a preview, which is requested once. */
  request(dataUrl) {
    const { requested } = this;
    if (!requested.has(dataUrl)) requested.set(dataUrl, requestPreview(this.api, dataUrl));
    if (requested.size > MAX_KEPT) requested.delete(requested.keys().next().value);
    return requested.get(dataUrl);
  }
}
