/** The answer of one session that is not sent yet: its text, its pictures, and why sending it failed. */

import { Picture } from "/web/chat/pictures.js";
import { PictureTray } from "./tray.js";

export class Unsent {
  /** `changed()` is called after each change of the pictures or of what is said about them. */
  constructor(page, drafts, { id, maxPictures, changed }) {
    Object.assign(this, { drafts, id, changed, isSending: false, notice: null, lost: null });
    this.tray = new PictureTray(page, maxPictures, { changed: () => this.trayChanged(), tell: (key, values) => this.tell(key, values) });
    const { text, pictures, isCut } = drafts.read(id);
    this.text = text;
    this.tray.set(pictures.map((url) => Picture.fromDraft(page.api, url)), []);
    if (isCut) this.notice = { key: "draft-cut", values: {} };
  }

  get isEmpty() {
    return !this.text.trim() && this.tray.isEmpty;
  }

  trayChanged() {
    this.keep();
    this.changed();
  }

  tell(key, values = {}) {
    this.notice = key === null ? null : { key, values };
    this.changed();
  }

  /** Show an error of the server, which is in the user's language already. */
  fail(error) {
    this.notice = { text: error.message };
    this.changed();
  }

  keep() {
    this.drafts.write(this.id, { text: this.text, pictures: this.tray.pictures.map(({ kept }) => kept) });
  }

  /** Forget what was sent. */
  clear() {
    Object.assign(this, { text: "", notice: null, lost: null });
    for (const { url } of this.tray.pictures) URL.revokeObjectURL(url);
    this.tray.set([], []);
    this.keep();
    this.changed();
  }

  /** Return the body of a request that sends it. Throws where a picture cannot be read any more. */
  async write() {
    this.lost = null;
    const pictures = await Promise.all(this.tray.pictures.map(async (picture) => picture.dataUrl()));
    return { text: this.text.trim() || null, pictures };
  }

  /**
   * Note that the connection broke off while it was sent, with the turns that were there before. If it arrived all the
   * same it is forgotten, so that it is not sent twice.
   */
  noteLost(turns) {
    this.lost = { ids: new Set(turns.map(({ id }) => id)), text: this.text.trim() };
  }

  checkArrived(turns) {
    const isIt = (turn) => turn.author === "person" && !this.lost.ids.has(turn.id) && joinTexts(turn) === this.lost.text;
    if (this.lost && this.text.trim() === this.lost.text && turns.some(isIt)) this.clear();
  }
}

function joinTexts({ messages }) {
  return messages.flatMap(({ content }) => content).filter(({ type }) => type === "text").map(({ text }) => text).join("").trim();
}
