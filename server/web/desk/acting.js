/** What can be done with the open session: buttons by its state, and by whose it is. */

import { openForm } from "/web/frame/dialogs.js";
import { element } from "/web/frame/dom.js";

/** Return the names of what the person at this desk may do with a session, the most usual first. */
export function listActs({ state, agent }, desk) {
  if (state === "waiting") return ["take", "give-back", "close"];
  if (state === "person" && agent === desk.agent) return ["give-back", "close"];
  if (!desk.is_operator) return [];
  return state === "person" ? ["interrupt", "give-back", "close"] : ["interrupt"];
}

export class ActButtons {
  /** `act(name)` carries out what a button is for. */
  constructor(words, { act }) {
    Object.assign(this, { words, act });
    this.root = element("div", { class: "acts" });
  }

  /** Show the buttons of a session; those that stay keep the focus. */
  show(session, desk) {
    const names = listActs(session, desk);
    const shown = [...this.root.children];
    const buttons = names.map((name) => shown.find(({ dataset }) => dataset.act === name) ?? this.create(name));
    const isSame = shown.length === buttons.length && shown.every((button, index) => button === buttons[index]);
    if (!isSame) this.root.replaceChildren(...buttons);
    for (const button of buttons) {
      const isLetting = session.state === "waiting" && button.dataset.act === "give-back";
      this.words.setText(button, isLetting ? "act-let-model" : `act-${button.dataset.act}`);
    }
  }

  create(name) {
    const kind = name === "take" ? "button primary" : "button";
    return element("button", { type: "button", class: kind, "data-act": name, on: { click: () => this.act(name) } });
  }

  setBusy(isBusy) {
    for (const button of this.root.children) button.disabled = isBusy;
  }
}

/** Ask whether to close a session; return whether it is wanted. */
export function confirmClosing(words, name) {
  const why = words.setText(element("p"), "close-why", { name });
  return openForm(words, { title: "close-title", fields: [why], submit: "act-close", isDanger: true, read: () => true });
}

/** Ask for the id of a session that is to be taken from the model; resolve to null where none is given. */
export function askForSession(words) {
  const input = element("input", { id: "interrupt-id", required: true, pattern: "\\s*[0-9a-f]{32}\\s*", autocomplete: "off", spellcheck: "false" });
  const label = words.setText(element("label", { for: input.id }), "interrupt-id");
  const hint = words.setText(element("p", { class: "hint" }), "interrupt-hint");
  const fields = [element("div", { class: "field" }, label, input), hint];
  return openForm(words, { title: "interrupt-title", fields, submit: "act-interrupt", read: () => input.value.trim() });
}
