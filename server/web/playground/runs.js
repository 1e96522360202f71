/** Runs that are kept on the server: saved, opened from a list, shared by a link, and as files. */

import { Problem } from "/web/frame/api.js";
import { copyText } from "/web/frame/clipboard.js";
import { openForm, openPanel } from "/web/frame/dialogs.js";
import { element, iconButton } from "/web/frame/dom.js";
import { pickFiles, saveFile } from "./files.js";
import { readRun } from "./run.js";

const PAGE = 20;
const MAX_TITLE_LENGTH = 200;
const LINK = "#run=";

export class Runs {
  /** `current()` gives the run as it is now, and a title for it; `show(run)` takes another. */
  constructor({ words, api }, { current, show }) {
    this.words = words;
    this.api = api;
    this.actions = { current, show };
    this.id = null;
  }

  /** The id that the page's address names, or null. */
  get asked() {
    return location.hash.startsWith(LINK) ? decodeURIComponent(location.hash.slice(LINK.length)) : null;
  }

  /** The run on the page is this one, until it is changed. */
  use(id) {
    this.id = id;
    history.replaceState(null, "", id ? `${LINK}${id}` : location.pathname);
  }

  /** Asks for a title, and resolves to it; to null where nothing was saved. Throws `Problem`. */
  async save() {
    const { run, title } = this.actions.current();
    const input = element("input", { id: "run-title", required: true, maxlength: MAX_TITLE_LENGTH, value: title });
    const label = this.words.say(element("label", { for: input.id }), "run-title");
    const fields = [element("div", { class: "field" }, label, input)];
    const read = () => input.value.trim();
    const given = await openForm(this.words, { title: "save-title", fields, submit: "save", read });
    if (!given) return null;
    const response = await this.api.change("POST", "/playground/runs", { title: given, run });
    this.use((await response.json()).id);
    return given;
  }

  /** A link to what is shown, which is saved before. Throws `Problem`. */
  async share() {
    if (this.id === null && !(await this.save())) return;
    const { words } = this;
    const input = element("input", { id: "run-link", readonly: true, value: location.href });
    const label = words.say(element("label", { for: input.id }), "link");
    const told = element("p", { class: "hint", role: "status" });
    const copy = element("button", { type: "button", class: "button primary" });
    words.say(copy, "copy").addEventListener("click", async () => {
      await copyText(input.value);
      words.say(told, "copied");
    });
    const why = words.say(element("p", { class: "hint" }), "share-why");
    await openPanel(words, { title: "share-title", children: [element("div", { class: "field" }, label, input), why, told, copy] });
  }

  /** Throws `Problem`. */
  async open(id) {
    const { run } = await this.api.json(`/playground/runs/${encodeURIComponent(id)}`);
    this.show(run);
    this.use(id);
  }

  show(value) {
    let run;
    try {
      run = readRun(value);
    } catch {
      throw new Problem(this.words.text("not-a-run"));
    }
    this.actions.show(run);
    this.use(null);
  }

  exportFile() {
    const { run, title } = this.actions.current();
    const name = title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "run";
    saveFile(`${name}.json`, JSON.stringify(run, null, 2), "application/json");
  }

  /** A list to choose from. Throws `Problem`. */
  async choose() {
    const { words } = this;
    const list = element("ul", { class: "runs" });
    const more = words.say(element("button", { type: "button", class: "button", hidden: true }), "more");
    const empty = words.say(element("p", { class: "hint", hidden: true }), "no-runs");
    const problem = element("p", { class: "problem", role: "alert", hidden: true });
    const dialog = { list, more, empty, problem, cursor: null };
    const file = words.say(element("button", { type: "button", class: "button" }), "open-file");
    const children = [problem, list, empty, more, file];
    more.addEventListener("click", () => this.guard(dialog, () => this.load(dialog)));
    await this.load(dialog);
    await openPanel(words, {
      title: "open-title",
      children,
      isWide: true,
      begin: (close) => {
        dialog.close = close;
        file.addEventListener("click", () => this.guard(dialog, () => this.openFile(dialog)));
      },
    });
  }

  /** What goes wrong is said in the dialog. */
  async guard({ problem }, action) {
    try {
      problem.hidden = true;
      await action();
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  }

  async load(dialog) {
    const query = new URLSearchParams({ limit: PAGE, ...(dialog.cursor ? { cursor: dialog.cursor } : {}) });
    const page = await this.api.json(`/playground/runs?${query}`);
    dialog.list.append(...page.runs.map((run) => this.item(run, dialog)));
    dialog.cursor = page.next_cursor;
    dialog.more.hidden = !dialog.cursor;
    dialog.empty.hidden = dialog.list.childElementCount > 0;
  }

  item(run, dialog) {
    const { words } = this;
    const open = element("a", { href: `${LINK}${run.id}` }, run.title);
    const when = element("time", { class: "hint" }, new Date(run.created_s * 1000).toLocaleString(words.language));
    open.addEventListener("click", (event) => {
      event.preventDefault();
      this.guard(dialog, async () => {
        await this.open(run.id);
        dialog.close();
      });
    });
    const item = element("li", {}, open, when, this.remover(run, dialog, () => item.remove()));
    return item;
  }

  remover(run, dialog, removed) {
    const click = () =>
      this.guard(dialog, async () => {
        const why = this.words.say(element("p"), "remove-why", { title: run.title });
        const form = { title: "remove-title", fields: [why], submit: "delete", isDanger: true, read: () => true };
        if (!(await openForm(this.words, form))) return;
        await this.api.change("DELETE", `/playground/runs/${run.id}`);
        if (run.id === this.id) this.use(null);
        removed();
        dialog.empty.hidden = dialog.list.childElementCount > 0;
      });
    const button = iconButton(this.words, "remove", "remove-run", click);
    return this.words.label(button, "remove-run", { title: run.title });
  }

  async openFile(dialog) {
    const [file] = await pickFiles("application/json", false);
    if (!file) return;
    const text = await file.text();
    this.show(parsed(text));
    dialog.close();
  }
}

/** What is no JSON is no run either. */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
