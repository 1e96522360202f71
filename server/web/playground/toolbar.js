/** The buttons that act on all sets at once, or on the run as a whole. */

import { element, icon } from "/web/frame/dom.js";

export class Toolbar {
  /** `actions` are the functions of the buttons, by the keys of their texts; some may throw `RequestError`. */
  constructor(words, actions) {
    this.words = words;
    this.actions = actions;
    this.alert = element("p", { class: "error", role: "alert", hidden: true });
    this.status = element("p", { class: "hint", role: "status" });
    this.runAll = this.button("run", "run-all", "primary");
    this.stopAll = this.button("stop", "stop-all");
    this.addSet = this.button("plus", "add-set");
    const rest = [["save", "save"], ["open", "open"], ["share", "share"], ["export", "export"]];
    const buttons = [this.runAll, this.stopAll, this.addSet, ...rest.map(([name, key]) => this.button(name, key))];
    const root = document.getElementById("toolbar");
    root.append(element("div", { class: "tools" }, ...buttons), this.alert, this.status);
  }

  button(name, key, kind = "") {
    const click = () => this.guard(this.actions[key]);
    const button = element("button", { type: "button", class: `button ${kind}`, on: { click } }, icon(name));
    button.append(this.words.setText(element("span"), key));
    return button;
  }

  /** Run an action, and show its error below the buttons. */
  async guard(action) {
    this.alert.hidden = true;
    try {
      await action();
    } catch (error) {
      this.alert.textContent = error.message;
      this.alert.hidden = false;
    }
  }

  /** Enable the buttons that can be used in this state of the sets. */
  show({ isRunning, isFull }) {
    this.stopAll.disabled = !isRunning;
    this.runAll.disabled = isRunning;
    this.addSet.disabled = isFull;
  }

  /** Say what has happened, for screen readers too. */
  announce(key, values) {
    this.words.setText(this.status, key, values);
  }
}
