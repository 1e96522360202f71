/** The line above a part of the page: that it is being read, or why that failed, with a button to try again. */

import { element } from "/web/frame/dom.js";

const PATIENCE_MS = 300;

export class Waiting {
  constructor({ words, refusal }) {
    Object.assign(this, { words, refusal, turn: 0, again: null });
    this.busy = words.setText(element("p", { class: "hint", role: "status", hidden: true }), "loading");
    this.text = element("p", { class: "error", role: "alert", hidden: true });
    this.button = words.setText(element("button", { type: "button", class: "button", hidden: true }), "again");
    this.button.addEventListener("click", () => this.again?.());
    this.root = element("div", { class: "notice" }, this.busy, this.text, this.button);
  }

  /** Forget what went wrong, and what is under way. */
  clear() {
    this.turn += 1;
    this.end();
    this.text.hidden = true;
    this.button.hidden = true;
  }

  /** Carry out `action`, and `take` its result. Of overlapping ones only the latest counts. Return whether it succeeded. */
  async run(action, take = () => {}) {
    this.clear();
    const { turn } = this;
    this.timer = setTimeout(() => (this.busy.hidden = false), PATIENCE_MS);
    try {
      const found = await action();
      if (turn !== this.turn) return false;
      take(found);
      return true;
    } catch (error) {
      if (turn === this.turn) this.fail(error, () => this.run(action, take));
      return false;
    } finally {
      if (turn === this.turn) this.end();
    }
  }

  fail(error, again = null) {
    if (this.refusal.take(error)) return;
    this.text.textContent = error.message;
    this.text.hidden = false;
    this.again = again;
    this.button.hidden = again === null;
  }

  end() {
    clearTimeout(this.timer);
    this.busy.hidden = true;
  }
}
