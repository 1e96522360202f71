/** The whole page: the messages, the sets of parameters that are run on them, and the saved runs of both. */

import { RequestError } from "/web/frame/api.js";
import { buildBody } from "./asking.js";
import { showCode } from "./code_panel.js";
import { Editor } from "./editor.js";
import { isText } from "./messages.js";
import { Previews } from "./previews.js";
import { createLegend } from "./probability.js";
import { Runs } from "./runs.js";
import { Sets } from "./sets.js";
import { Toolbar } from "./toolbar.js";

const TITLE_LENGTH = 60;

export class Bench {
  /** `specs` describe all parameters; `model` is the name of the model in requests. */
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
    document.getElementById("toolbar").append(createLegend(words));
    this.previews = new Previews(document.getElementById("main"), page.api);
    this.runs = new Runs(page, { current: () => this.current(), show: (run) => this.show(run) });
    this.editor = new Editor(page, { changed: () => this.changed() });
    this.sets = new Sets(this);
    words.onChange(() => this.sets.translate());
  }

  get messages() {
    return this.editor.messages;
  }

  /** What all sets are asked: the fields of the body that are not parameters. */
  get asked() {
    return this.editor.asked;
  }

  get isBroken() {
    return this.editor.isBroken;
  }

  /** Show the run that the address names, or why that is not possible. */
  async follow() {
    await this.toolbar.guard(() => this.runs.follow());
  }

  async save() {
    const title = await this.runs.save();
    if (title) this.toolbar.announce("saved", { title });
  }

  /** Mark all answers as stale, since the messages have changed. */
  changed() {
    this.sets.markStale();
    this.touch();
  }

  /** Forget which saved run is shown, since the page differs from it now. */
  touch() {
    if (this.runs.id !== null) this.runs.use(null);
  }

  running() {
    this.toolbar.show(this.sets);
  }

  /** Announce the end of an answer, unless its set was removed meanwhile. */
  answered(set) {
    if (!this.sets.all.includes(set)) return;
    const { letter, answer } = set;
    this.touch();
    const count = answer.usage?.completion_tokens ?? 0;
    this.toolbar.announce(`answer-${answer.ending}`, { letter, count });
  }

  duplicate(set) {
    this.sets.add(set.parameters.values).run.focus();
    this.touch();
  }

  remove(set) {
    this.sets.remove(set);
    this.touch();
  }

  /** Show the snippets of a set, with the seed of its answer, so that they give the same answer. */
  code(set) {
    const values = set.isFresh ? set.answer.request : set.parameters.values;
    const { needs_key: needsKey } = this.page.config;
    return showCode(this.page.words, buildBody(this.model, this.asked, values), { needsKey });
  }

  /** Return the run on the page, and a title for it. Throws `RequestError` while the JSON of the messages is wrong. */
  current() {
    if (this.isBroken) throw new RequestError(this.page.words.text("wrong-json"));
    return { run: this.sets.createRun(this.model, this.asked), title: this.title() };
  }

  /** Return the first line of text of the messages, shortened. */
  title() {
    const texts = this.messages.flatMap(({ content }) => content.filter(isText).map(({ text }) => text.trim()));
    const line = (texts.find(Boolean) ?? this.page.words.text("untitled")).replace(/[\x00-\x1f\s]+/g, " ");
    return [...line].slice(0, TITLE_LENGTH).join("").trim();
  }

  show({ messages, continues, sets }) {
    this.editor.open(messages, continues);
    this.sets.open(sets, messages);
  }
}
