/** Pictures: chosen files, made smaller where they are over a limit, and stored ones. */

import { measure, readAsDataUrl, requestPreview, toBlob } from "/web/frame/pictures.js";
import { SIDES, isTooLarge, shrink } from "./shrinking.js";

const MAX_KEPT_BYTES = 1_000_000;
/** The largest picture that a draft keeps. */

/**
 * A picture: `blob` is what is sent, `url` what is shown, `size` its pixels, null where the browser cannot draw it, and
 * `kept` a data URL for a draft, null for a large picture.
 */
export class Picture {
  constructor(api, blob, name = "") {
    this.api = api;
    this.name = name;
    this.size = null;
    this.kept = null;
    this.use(blob);
  }

  /** Create a picture from a file, within `limits` if the browser can make it so. Rejects where it cannot be read. */
  static async fromFile(api, file, limits) {
    const picture = new Picture(api, file, file.name);
    await picture.measure();
    await picture.fit(limits);
    picture.kept = picture.blob.size <= MAX_KEPT_BYTES ? await picture.dataUrl() : null;
    return picture;
  }

  /** Load a stored picture. Throws `RequestError`. */
  static async fromServer(api, path) {
    return new Picture(api, await (await api.send(path)).blob());
  }

  static fromDraft(api, dataUrl) {
    const picture = new Picture(api, toBlob(dataUrl));
    picture.kept = dataUrl;
    return picture;
  }

  async measure() {
    this.size = await measure(this.url);
  }

  use(blob) {
    if (this.url) URL.revokeObjectURL(this.url);
    this.blob = blob;
    this.url = URL.createObjectURL(blob);
  }

  /** Make the picture smaller until it is within the limits, as far as the browser can. */
  async fit(limits) {
    for (const side of SIDES) {
      if (!this.size || !isTooLarge(this.blob, this.size, limits)) return;
      const { maxPixels } = limits;
      this.use(await shrink(this.blob, this.size, { side, maxPixels }).catch(() => this.blob));
      await this.measure();
    }
  }

  /** Return the address of a preview that the server draws; one that failed is drawn again. Throws `RequestError`. */
  preview() {
    this.previewed ??= this.drawPreview();
    return this.previewed;
  }

  async drawPreview() {
    try {
      return await requestPreview(this.api, await this.dataUrl());
    } catch (error) {
      this.previewed = null;
      throw error;
    }
  }

  dataUrl() {
    return readAsDataUrl(this.blob);
  }
}

/** Make the largest of several pictures smaller until they fit into `maxBytes` together; return their bytes. */
export async function fitTogether(pictures, { maxPixels, maxBytes }) {
  const count = () => pictures.reduce((sum, { blob }) => sum + blob.size, 0);
  for (const largest of [...pictures].sort((one, other) => other.blob.size - one.blob.size)) {
    if (count() <= maxBytes) break;
    await largest.fit({ maxPixels, maxBytes: maxBytes / pictures.length });
  }
  return count();
}
