/** All generation parameters of one set, in groups. */

import { element } from "/web/frame/dom.js";
import { Control } from "./control.js";

/** The order of the groups. */
const GROUPS = ["sampling", "length", "penalties", "beams", "pictures", "output"];

export class Parameters {
  /** `specs` are those of `GET /playground/parameters`; `id` is the prefix of the elements' ids. */
  constructor(words, specs, { id, changed }) {
    this.words = words;
    this.controls = new Map(specs.map((spec) => [spec.name, new Control(words, spec, { id, changed: () => this.show(changed) })]));
    this.groups = [...new Set([...GROUPS, ...specs.map(({ group }) => group)])].filter((name) => this.of(name).length);
    this.marks = new Map();
    this.root = element("div", { class: "parameters" }, ...this.groups.map((name) => this.group(name)));
    this.show();
  }

  of(group) {
    return [...this.controls.values()].filter(({ spec }) => spec.group === group);
  }

  group(name) {
    const mark = element("span", { class: "mark" });
    this.marks.set(name, mark);
    const summary = element("summary", {}, this.words.setText(element("span"), `group-${name}`), mark);
    const rows = this.of(name).map(({ root }) => root);
    return element("details", { class: "group", "data-group": name }, summary, ...rows);
  }

  /** The values that differ from the defaults, as in the body of a request. */
  get values() {
    const changed = [...this.controls.values()].filter(({ isChanged, isWrong }) => isChanged && !isWrong);
    return Object.fromEntries(changed.map(({ spec, value }) => [spec.name, value]));
  }

  set values(values) {
    for (const [name, control] of this.controls) control.set(values[name] ?? control.spec.default);
    this.show();
  }

  /** Return the changed value of a parameter, or its default. */
  getValue(name) {
    return this.values[name] ?? this.controls.get(name)?.spec.default ?? null;
  }

  set(name, value) {
    this.controls.get(name).set(value);
    this.show();
  }

  /** The name of the first parameter whose value is invalid, or undefined. */
  get firstInvalid() {
    return [...this.controls.values()].find(({ isWrong }) => isWrong)?.spec.name;
  }

  show(then = () => {}) {
    for (const [name, mark] of this.marks) {
      const changed = this.of(name).filter(({ isChanged }) => isChanged);
      mark.textContent = changed.map(({ spec, text }) => `${spec.name} ${text}`).join(", ");
    }
    then();
  }

  translate() {
    for (const control of this.controls.values()) control.translate();
  }
}
