/** What is done with all sets at once, and with the run as a whole. */

import { element, icon } from "/web/frame/dom.js";

export class Toolbar {
  /** `actions` are what the buttons do, by the names of their words; some may throw `Problem`. */
  constructor(words, actions) {
    this.words = words;
    this.actions = actions;
    this.problem = element("p", { class: "problem", role: "alert", hidden: true });
    this.status = element("p", { class: "hint", role: "status" });
    this.runAll = this.button("run", "run-all", "primary");
    this.stopAll = this.button("stop", "stop-all");
    this.addSet = this.button("plus", "add-set");
    const rest = [["save", "save"], ["open", "open"], ["share", "share"], ["export", "export"]];
    const buttons = [this.runAll, this.stopAll, this.addSet, ...rest.map(([name, key]) => this.button(name, key))];
    const root = document.getElementById("toolbar");
    root.append(element("div", { class: "tools" }, ...buttons), this.problem, this.status);
  }

  button(name, key, kind = "") {
    const click = () => this.guard(this.actions[key]);
    const button = element("button", { type: "button", class: `button ${kind}`, on: { click } }, icon(name));
    button.append(this.words.say(element("span"), key));
    return button;
  }

  /** What goes wrong is said here. */
  async guard(action) {
    this.problem.hidden = true;
    try {
      await action();
    } catch (error) {
      this.problem.textContent = error.message;
      this.problem.hidden = false;
    }
  }

  /** How the buttons are while sets are asked, or are not. */
  show({ isRunning, isFull }) {
    this.stopAll.disabled = !isRunning;
    this.runAll.disabled = isRunning;
    this.addSet.disabled = isFull;
  }

  /** What has happened. */
  tell(key, values) {
    this.words.say(this.status, key, values);
  }
}
