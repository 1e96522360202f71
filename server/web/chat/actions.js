/** The card of a call that waits for the customer's yes: all its arguments, and a button for each answer. */

import { element } from "/web/frame/dom.js";

const MAX_LENGTH = 500;
/** How many characters of a value are shown. */

const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Cn}\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu;
/** Characters without a shape, or that change the order or the lines of others. */

export class ActionCard {
  /** `answer(id, verb)` says yes or no to the server, and returns the action with its end. */
  constructor(words, action, answer) {
    Object.assign(this, { words, action, answer });
    const heading = words.setText(element("h3"), "action-title");
    const tool = [words.setText(element("dt"), "action-tool"), element("dd", { dir: "auto" }, showValue(action.tool))];
    const rows = Object.entries(action.arguments).flatMap(([name, value]) => createRow(name, value));
    const list = element("dl", { class: "arguments" }, ...tool, ...rows);
    const until = new Date(action.expires_at * 1000).toLocaleTimeString(words.language);
    this.hint = words.setText(element("p", { class: "hint" }), "action-until", { until });
    this.outcome = element("p", { class: "outcome", role: "status", dir: "auto" });
    this.buttons = element("div", { class: "choices" }, this.createButton("confirm"), this.createButton("decline"));
    this.root = element("section", { class: "pending-action" }, heading, list, this.hint, this.buttons, this.outcome);
    words.setLabel(this.root, "action-title");
  }

  createButton(verb) {
    const kind = verb === "confirm" ? "button primary" : "button";
    const button = element("button", { type: "button", class: kind, on: { click: () => this.say(verb) } });
    return this.words.setText(button, `action-${verb}`);
  }

  /** Answer once, and show the outcome; after an error that may pass, the buttons are there again. */
  async say(verb) {
    this.setBusy(true);
    try {
      const { text } = await this.answer(this.action.id, verb);
      this.close(text);
    } catch (error) {
      this.outcome.textContent = error.message;
      if (error.status === 409 || error.status === 404) this.close(error.message);
      else this.setBusy(false);
    }
  }

  setBusy(isBusy) {
    for (const button of this.buttons.children) button.disabled = isBusy;
  }

  /** Take the buttons away: the action was answered, here or in the dialogue. */
  close(text = "") {
    this.buttons.remove();
    this.hint.remove();
    if (text) this.outcome.textContent = text.replaceAll("`", "");
  }
}

function createRow(name, value) {
  return [element("dt", { dir: "auto" }, showValue(name)), element("dd", { dir: "auto" }, showValue(value))];
}

/** Write a value as one line that hides nothing: text as it is, anything else as JSON. */
export function showValue(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const shown = text.slice(0, MAX_LENGTH).replace(HIDDEN, (sign) => `[U+${sign.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}]`);
  return text.length > MAX_LENGTH ? `${shown}… (+${text.length - MAX_LENGTH})` : shown || "—";
}
