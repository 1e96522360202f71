/** Up to four sets of parameters side by side, all asked the same. */

import { START } from "./asking.js";
import { MAX_SETS, runOf } from "./run.js";
import { ParameterSet } from "./set.js";

const LETTERS = "ABCD";

export class Sets {
  /** `bench` is what every set works with. */
  constructor(bench) {
    this.bench = bench;
    this.root = document.getElementById("sets");
    this.num = 0;
    this.all = [];
    this.add();
    this.root.addEventListener("toggle", ({ target }) => this.align(target), { capture: true });
  }

  /** What is opened in one set is opened in all, so that they stay side by side. */
  align({ dataset, open }) {
    if (!dataset.group) return;
    for (const group of this.root.querySelectorAll(`[data-group="${dataset.group}"]`)) group.open = open;
  }

  get isFull() {
    return this.all.length >= MAX_SETS;
  }

  get isRunning() {
    return this.all.some(({ isRunning }) => isRunning);
  }

  /** With the values of another, or those that a set begins with. */
  add(values = START) {
    const set = new ParameterSet(this.bench, `set-${(this.num += 1)}`);
    set.parameters.values = values;
    this.all.push(set);
    this.root.append(set.root);
    for (const group of this.all[0].root.querySelectorAll("[data-group]")) this.align(group);
    this.place();
    return set;
  }

  remove(set) {
    set.stop();
    set.root.remove();
    this.all = this.all.filter((other) => other !== set);
    this.place();
    this.all.at(-1).run.focus();
  }

  /** Those of a run that was saved, in place of these. */
  open(saved, messages) {
    this.stopAll();
    this.all = [];
    this.root.replaceChildren();
    for (const one of saved) this.add().open(one, messages);
  }

  runOf(model, messages) {
    return runOf(model, messages, this.all);
  }

  place() {
    const isOnly = this.all.length === 1;
    this.all.forEach((set, index) => set.place(LETTERS[index], { isFull: this.isFull, isOnly }));
    this.bench.toolbar.show(this);
  }

  async runAll() {
    await Promise.all(this.all.map((set) => set.ask()));
  }

  stopAll() {
    for (const set of this.all) set.stop();
  }

  /** All that was answered is of another input now. */
  markStale() {
    for (const set of this.all) set.markStale();
  }

  translate() {
    for (const set of this.all) set.parameters.translate();
  }
}
