/** Up to four sets of parameters side by side, which are run on the same messages. */

import { START } from "./asking.js";
import { MAX_SETS, createRun } from "./run.js";
import { ParameterSet } from "./set.js";

const LETTERS = "ABCD";

export class Sets {
  /** `bench` has the page, the specs and the messages. */
  constructor(bench) {
    this.bench = bench;
    this.root = document.getElementById("sets");
    this.num = 0;
    this.all = [];
    this.add();
    this.root.addEventListener("toggle", ({ target }) => this.alignGroup(target), { capture: true });
  }

  /** Open or close a group of parameters in all sets, so that the sets stay aligned. */
  alignGroup({ dataset, open }) {
    if (!dataset.group) return;
    for (const group of this.root.querySelectorAll(`[data-group="${dataset.group}"]`)) group.open = open;
  }

  get isFull() {
    return this.all.length >= MAX_SETS;
  }

  get isRunning() {
    return this.all.some(({ isRunning }) => isRunning);
  }

  /** Add a set with the values of another, or with the default ones. */
  add(values = START) {
    const set = new ParameterSet(this.bench, `set-${(this.num += 1)}`);
    set.parameters.values = values;
    this.all.push(set);
    this.root.append(set.root);
    for (const group of this.all[0].root.querySelectorAll("[data-group]")) this.alignGroup(group);
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

  /** Replace all sets by those of a saved run. */
  open(saved, messages) {
    this.stopAll();
    this.all = [];
    this.root.replaceChildren();
    for (const one of saved) this.add().open(one, messages);
  }

  createRun(model, asked) {
    return createRun(model, asked, this.all);
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

    markStale() {
    for (const set of this.all) set.markStale();
  }

  translate() {
    for (const set of this.all) set.parameters.translate();
  }
}
