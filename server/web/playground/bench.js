/** All of the page together: the messages, the sets that are asked them, and what is kept of both. */

import { Problem } from "/web/frame/api.js";
import { bodyOf } from "./asking.js";
import { showCode } from "./code_panel.js";
import { Editor } from "./editor.js";
import { isPicture } from "./messages.js";
import { legend } from "./probability.js";
import { Runs } from "./runs.js";
import { Sets } from "./sets.js";
import { Toolbar } from "./toolbar.js";

const TITLE_LENGTH = 60;

export class Bench {
  /** `specs` are of all parameters, `model` is the name that requests say. */
  constructor(page, specs, model) {
    Object.assign(this, { page, specs, model });
    const { words } = page;
    this.toolbar = new Toolbar(words, {
      "run-all": () => this.sets.runAll(),
      "stop-all": () => this.sets.stopAll(),
      "add-set": () => this.duplicate(this.sets.all.at(-1)),
      save: () => this.save(),
      open: () => this.runs.choose(),
      share: () => this.runs.share(),
      export: () => this.runs.exportFile(),
    });
    document.getElementById("toolbar").append(legend(words));
    this.runs = new Runs(page, { current: () => this.current(), show: (run) => this.show(run) });
    this.editor = new Editor(page, { changed: () => this.changed() });
    this.sets = new Sets(this);
    words.onChange(() => this.sets.translate());
  }

  get messages() {
    return this.editor.messages;
  }

  get isBroken() {
    return this.editor.isBroken;
  }

  /** Opens the run that the address names. */
  async follow() {
    const { asked, id } = this.runs;
    if (asked && asked !== id) await this.toolbar.guard(() => this.runs.open(asked));
  }

  async save() {
    const title = await this.runs.save();
    if (title) this.toolbar.tell("saved", { title });
  }

  /** The messages are others now. */
  changed() {
    this.sets.markStale();
    this.touch();
  }

  /** What is on the page is not what was saved. */
  touch() {
    if (this.runs.id !== null) this.runs.use(null);
  }

  running() {
    this.toolbar.show(this.sets);
  }

  /** One that was taken away meanwhile has nothing to tell. */
  answered(set) {
    if (!this.sets.all.includes(set)) return;
    const { letter, answer } = set;
    this.touch();
    const count = answer.usage?.completion_tokens ?? 0;
    this.toolbar.tell(`answer-${answer.ending}`, { letter, count });
  }

  duplicate(set) {
    this.sets.add(set.parameters.values).run.focus();
    this.touch();
  }

  remove(set) {
    this.sets.remove(set);
    this.touch();
  }

  /** With the seed of its answer, so that the snippet gives the same one. */
  code(set) {
    const values = set.isFresh ? set.answer.request : set.parameters.values;
    const { needs_key: needsKey } = this.page.config;
    return showCode(this.page.words, bodyOf(this.model, this.messages, values), { needsKey });
  }

  /** Throws `Problem` where nobody knows what the messages are. */
  current() {
    if (this.isBroken) throw new Problem(this.page.words.text("wrong-json"));
    return { run: this.sets.runOf(this.model, this.messages), title: this.title() };
  }

  /** The first words that were written. */
  title() {
    const texts = this.messages.flatMap(({ content }) => content.filter((part) => !isPicture(part)).map(({ text }) => text.trim()));
    const line = (texts.find(Boolean) ?? this.page.words.text("untitled")).replace(/[\x00-\x1f\s]+/g, " ");
    return [...line].slice(0, TITLE_LENGTH).join("").trim();
  }

  show({ messages, sets }) {
    this.editor.open(messages);
    this.sets.open(sets, messages);
  }
}
