/** The views of a collection as tabs: https://www.w3.org/WAI/ARIA/apg/patterns/tabs/. */

import { element } from "/web/frame/dom.js";

const MOVES = { ArrowRight: (index, count) => (index + 1) % count, ArrowLeft: (index, count) => (index + count - 1) % count, Home: () => 0, End: (_, count) => count - 1 };

export class Tabs {
  /** `panels` are views by name, each with a `root`; `turned(name)` is called when another one is shown. */
  constructor(words, panels, { turned }) {
    this.panels = panels;
    this.names = Object.keys(panels);
    this.turned = turned;
    this.buttons = this.names.map((name) => this.createTab(words, name));
    const list = words.setLabel(element("div", { class: "tabs", role: "tablist" }, ...this.buttons), "views");
    list.removeAttribute("title");
    list.addEventListener("keydown", (event) => this.move(event));
    this.root = element("section", { class: "panel" }, list, ...this.names.map((name) => panels[name].root));
  }

  createTab(words, name) {
    const { root } = this.panels[name];
    const attributes = { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `view-${name}`, on: { click: () => this.choose(name) } };
    for (const [key, value] of Object.entries({ id: `view-${name}`, role: "tabpanel", "aria-labelledby": `tab-${name}` })) root.setAttribute(key, value);
    return words.setText(element("button", attributes), `view-${name}`);
  }

  choose(chosen) {
    this.names.forEach((name, index) => {
      this.panels[name].root.hidden = name !== chosen;
      this.buttons[index].setAttribute("aria-selected", name === chosen);
      this.buttons[index].tabIndex = name === chosen ? 0 : -1;
    });
    this.turned(chosen);
  }

  move(event) {
    const index = this.buttons.indexOf(event.target);
    if (index < 0 || !Object.hasOwn(MOVES, event.key)) return;
    event.preventDefault();
    const next = MOVES[event.key](index, this.buttons.length);
    this.choose(this.names[next]);
    this.buttons[next].focus();
  }
}
