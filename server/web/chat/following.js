/** Runs an action after changes elsewhere: once for many of them, not while the page is hidden, and never twice at a time. */

const GATHER_MS = 300;

export class Following {
  /** `action()` returns a promise; its errors are ignored, as the next change runs it again. */
  constructor(action) {
    this.action = action;
    this.isDue = false;
    this.isRunning = false;
    document.addEventListener("visibilitychange", () => this.schedule());
  }

  request() {
    this.isDue = true;
    this.schedule();
  }

  schedule() {
    if (!this.isDue || this.isRunning || document.hidden) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.run(), GATHER_MS);
  }

  async run() {
    this.isDue = false;
    this.isRunning = true;
    await this.action().catch(() => null);
    this.isRunning = false;
    this.schedule();
  }
}
