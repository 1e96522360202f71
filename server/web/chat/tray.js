/** The pictures and the clip of a question that is being written. */

import { element, iconButton } from "/web/frame/dom.js";
import { isReadable, sortFile } from "/web/frame/files.js";
import { Clip, createClipView } from "./clips.js";
import { Picture, fitTogether } from "./pictures.js";
import { createThumbnails } from "./thumbnails.js";

const MB = 2 ** 20;
const BASE64_GROWTH = 4 / 3;
const BODY_REST = 0.98;
/** The share of the body limit that pictures and clips can take. */

export class Tray {
  /**
   * `changed()` is called after each change, `tell(key, values)` with the key of a text, or with null, and
   * `addDocuments(files)` with files that are neither pictures nor clips.
   */
  constructor({ words, api, config: { limits } }, { changed, tell, addDocuments }) {
    this.words = words;
    this.api = api;
    this.maxImages = limits.max_images;
    this.limits = { maxPixels: limits.max_image_pixels, maxBytes: (limits.max_body_bytes * BODY_REST) / BASE64_GROWTH };
    this.maxClipBytes = Math.min(limits.max_video_bytes, this.limits.maxBytes);
    this.actions = { changed, tell, addDocuments };
    this.adding = Promise.resolve();
    this.pictures = [];
    this.clips = [];
    this.root = element("div", { class: "tray", hidden: true });
  }

  /** Add files, one after another: making a large photo smaller takes time, and a question waits for it. */
  add(files) {
    const take = () => this.take(files);
    this.adding = this.adding.then(take, take);
    return this.adding;
  }

  async take(files) {
    this.actions.tell(null);
    const sorted = files.map(sortFile);
    const documents = sorted.filter(({ kind }) => kind === "document").map(({ file }) => file);
    if (documents.length) await this.actions.addDocuments(documents);
    for (const { kind, file } of sorted) {
      if (kind === "picture") await this.takePicture(file);
      if (kind === "clip") await this.takeClip(file);
    }
  }

  async takeClip(file) {
    const { maxClipBytes } = this;
    const values = { name: file.name, size: Math.ceil(file.size / MB), limit: Math.floor(maxClipBytes / MB) };
    if (this.clips.length) return this.actions.tell("one-clip");
    if (file.size > maxClipBytes) return this.actions.tell("clip-too-large", values);
    if (!(await isReadable(file))) return this.actions.tell("not-readable", { name: file.name });
    this.set(this.pictures, [new Clip(file)]);
    return this.actions.changed();
  }

  async takePicture(file) {
    if (this.pictures.length >= this.maxImages) return this.actions.tell("too-many-pictures", { limit: this.maxImages });
    if (!(await isReadable(file))) return this.actions.tell("not-readable", { name: file.name });
    const picture = await Picture.fromFile(this.api, file, this.limits);
    this.set([...this.pictures, picture]);
    if (!picture.size) this.checkPreview(picture);
    return this.actions.changed();
  }

  /** Say why the server cannot draw a picture that the browser cannot draw either. */
  checkPreview(picture) {
    picture.preview().catch(({ message }) => this.actions.tell("no-preview", { name: picture.name, message }));
  }

  remove(picture) {
    this.set(this.pictures.filter((other) => other !== picture));
    URL.revokeObjectURL(picture.url);
    this.actions.changed();
  }

  removeClip(clip) {
    this.set(this.pictures, []);
    URL.revokeObjectURL(clip.url);
    this.actions.changed();
  }

  set(pictures, clips = this.clips) {
    Object.assign(this, { pictures, clips });
    this.show();
  }

  /** Return whether all fits into a request; large pictures are made smaller for that. */
  async fit() {
    const { maxPixels, maxBytes } = this.limits;
    const taken = this.clips.reduce((sum, { blob }) => sum + blob.size, 0);
    const size = taken + (await fitTogether(this.pictures, { maxPixels, maxBytes: Math.max(0, maxBytes - taken) }));
    const values = { size: Math.ceil(size / MB), limit: Math.floor(maxBytes / MB) };
    this.actions.tell(size > maxBytes ? "too-large" : null, values);
    return size <= maxBytes;
  }

  show() {
    this.root.hidden = this.isEmpty;
    const thumbnails = createThumbnails(this.words, this.pictures, (picture) => this.remove(picture));
    this.root.replaceChildren(...thumbnails, ...this.clips.map((clip) => this.createClip(clip)));
  }

  get isEmpty() {
    return !this.pictures.length && !this.clips.length;
  }

  createClip(clip) {
    const remove = iconButton(this.words, "close", "remove-clip", () => this.removeClip(clip), { class: "icon-button remove" });
    return element("div", { class: "in-tray" }, createClipView(this.words, clip), remove);
  }
}
