/** The pictures of an answer that is being written. */

import { Tray } from "/web/chat/tray.js";

export class PictureTray extends Tray {
  /** `maxPictures` is how many an answer may have; `changed()` and `tell(key, values)` are called as those of `Tray`. */
  constructor(page, maxPictures, { changed, tell }) {
    const { limits } = page.config;
    const own = { ...limits, max_images: Math.min(limits.max_images, maxPictures) };
    super({ ...page, config: { limits: own } }, { changed, tell, addDocuments: () => tell("only-pictures") });
  }

  takeClip() {
    return this.actions.tell("only-pictures");
  }
}
