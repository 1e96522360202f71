/** The lists of the desk as tabs, each with its number: https://www.w3.org/WAI/ARIA/apg/patterns/tabs/. */

import { element } from "/web/frame/dom.js";

const MOVES = { ArrowRight: 1, ArrowLeft: -1 };

export const STATES = ["waiting", "mine", "person", "closed"];

export class Tabs {
  /** `panel` shows what is chosen; `chosen(state)` is called with it. */
  constructor(words, panel, { chosen }) {
    Object.assign(this, { words, panel, chosen });
    this.state = STATES[0];
    this.numbers = {};
    this.buttons = Object.fromEntries(STATES.map((state) => [state, this.createTab(state)]));
    this.root = words.setLabel(element("div", { class: "desk-tabs", role: "tablist" }, ...Object.values(this.buttons)), "lists");
    this.root.removeAttribute("title");
    this.root.addEventListener("keydown", (event) => this.move(event));
    for (const [name, value] of Object.entries({ role: "tabpanel", id: "desk-list" })) panel.setAttribute(name, value);
    this.show();
  }

  createTab(state) {
    this.numbers[state] = element("span", { class: "number" });
    const name = this.words.setText(element("span"), `list-${state}`);
    const attributes = { type: "button", role: "tab", id: `tab-${state}`, "aria-controls": "desk-list", on: { click: () => this.choose(state) } };
    return element("button", attributes, name, " ", this.numbers[state]);
  }

  /** Show the numbers. Only operators have the list of all that people have. */
  take(desk) {
    for (const state of STATES) this.numbers[state].textContent = desk[state].toLocaleString(this.words.language);
    this.buttons.person.hidden = !desk.is_operator;
    if (this.buttons[this.state].hidden) this.choose("waiting");
  }

  choose(state) {
    this.state = state;
    this.show();
    this.chosen(state);
  }

  show() {
    for (const [state, button] of Object.entries(this.buttons)) {
      button.setAttribute("aria-selected", state === this.state);
      button.tabIndex = state === this.state ? 0 : -1;
    }
    this.panel.setAttribute("aria-labelledby", `tab-${this.state}`);
  }

  focus() {
    this.buttons[this.state].focus();
  }

  move(event) {
    const shown = STATES.filter((state) => !this.buttons[state].hidden);
    const index = shown.indexOf(this.state);
    const ends = { Home: 0, End: shown.length - 1 };
    const next = ends[event.key] ?? (MOVES[event.key] ? (index + MOVES[event.key] + shown.length) % shown.length : null);
    if (next === null) return;
    event.preventDefault();
    this.choose(shown[next]);
    this.focus();
  }
}
