/** Reads anew what has changed: many changes at once, also while the page is hidden, and never twice at a time. */

const GATHER_MS = 150;

export class Updates {
  /** `read(has)` reads; `has(id)` says whether a session may have changed. Its errors are ignored: the next change reads again. */
  constructor(read) {
    this.read = read;
    this.isRunning = false;
    this.forget();
  }

  forget() {
    this.isDue = false;
    this.isAll = false;
    this.ids = new Set();
  }

  /** Note the ids of sessions that have changed; null stands for all. */
  request(ids = null) {
    this.isDue = true;
    if (ids === null) this.isAll = true;
    for (const id of ids ?? []) this.ids.add(id);
    this.schedule();
  }

  schedule() {
    if (!this.isDue || this.isRunning) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.run(), GATHER_MS);
  }

  async run() {
    const { isAll, ids } = this;
    this.forget();
    this.isRunning = true;
    await this.read((id) => isAll || ids.has(id)).catch(() => null);
    this.isRunning = false;
    this.schedule();
  }
}
