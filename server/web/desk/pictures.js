/** The pictures of stored sessions: each is loaded when it comes near the part of the dialogue that is seen. */

import { Picture } from "/web/chat/pictures.js";
import { createThumbnail } from "/web/chat/thumbnails.js";
import { element } from "/web/frame/dom.js";

const MARGIN = "400px";

export class StoredPictures {
  /** `find(sha256)` returns the address of a picture. */
  constructor({ words, api }, find) {
    Object.assign(this, { words, api, find });
    this.urls = [];
    this.observer = new IntersectionObserver((seen) => this.see(seen), { rootMargin: MARGIN });
    this.waiting = new Map();
  }

  /** Create the row of stored pictures of a message; null where it has none. */
  create(stored) {
    if (!stored.length) return null;
    const places = stored.map(({ sha256 }, index) => this.createPlace(sha256, index));
    return element("div", { class: "pictures" }, ...places);
  }

  createPlace(sha256, index) {
    const place = element("div", { class: "stored-picture" }, this.createWaiting("preview-wait"));
    this.waiting.set(place, () => this.load(place, sha256, index));
    this.observer.observe(place);
    return place;
  }

  createWaiting(key) {
    return this.words.setText(element("span", { class: "placeholder" }), key);
  }

  see(entries) {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting || !this.waiting.has(target)) continue;
      const load = this.waiting.get(target);
      this.waiting.delete(target);
      this.observer.unobserve(target);
      load();
    }
  }

  /** Load a picture; one that cannot be loaded has a button to try again. */
  async load(place, sha256, index) {
    try {
      const picture = await Picture.fromServer(this.api, this.find(sha256));
      this.urls.push(picture.url);
      place.replaceChildren(createThumbnail(this.words, picture, index + 1));
    } catch {
      const again = this.words.setText(element("button", { type: "button", class: "placeholder" }), "picture-again");
      again.addEventListener("click", () => this.load(place, sha256, index));
      place.replaceChildren(again);
    }
  }

  close() {
    this.observer.disconnect();
    this.waiting.clear();
    for (const url of this.urls) URL.revokeObjectURL(url);
  }
}
