/** Tells that a session has begun to wait: in the title of the page, to screen readers, and by a sound. */

import { element } from "/web/frame/dom.js";

export class WaitingNotice {
  constructor(words, sound) {
    Object.assign(this, { words, sound });
    this.count = 0;
    this.newest = null;
    this.root = element("p", { class: "unseen", role: "status" });
    words.onChange(() => this.showTitle());
    this.showTitle();
  }

  /** Take the state of the desk. The first one is no news. */
  take({ waiting, newest_s: newest }) {
    const isNew = this.newest !== null && waiting > 0 && newest > this.newest;
    this.newest = Math.max(newest ?? 0, this.newest ?? 0);
    this.setCount(waiting);
    if (!isNew) return;
    this.words.setText(this.root, waiting === 1 ? "one-waits" : "some-wait", { count: waiting });
    this.sound.play();
  }

  setCount(count) {
    this.count = count;
    this.showTitle();
  }

  showTitle() {
    const name = `${this.words.text("page-desk")} · MiniCPM-V`;
    document.title = this.count ? `(${this.count}) ${name}` : name;
  }
}
