/** Runs that are saved on the server or in files: saving, opening from a list, sharing by a link, exporting. */

import { RequestError } from "/web/frame/api.js";
import { copyText } from "/web/frame/clipboard.js";
import { openForm, openPanel } from "/web/frame/dialogs.js";
import { element, iconButton } from "/web/frame/dom.js";
import { pickFiles, saveFile } from "/web/frame/files.js";
import { readRun } from "./run.js";

const PAGE = 20;
const MAX_TITLE_LENGTH = 200;
const LINK = "#run=";
const ID = /^[\w-]{1,64}$/;

export class Runs {
  /** `current()` returns the run on the page and a title for it; `show(run)` shows another. */
  constructor({ words, api }, { current, show }) {
    this.words = words;
    this.api = api;
    this.actions = { current, show };
    this.id = null;
  }

  /** Show the run that the page's address names, unless it is shown already. Throws `RequestError`. */
  async follow() {
    if (!location.hash.startsWith(LINK)) return;
    const id = location.hash.slice(LINK.length);
    if (id === this.id) return;
    if (!ID.test(id)) throw new RequestError(this.words.text("wrong-link"));
    await this.open(id);
  }

  /** Note in the address that the page shows this run, until it is changed; null for a run that is not saved. */
  use(id) {
    this.id = id;
    history.replaceState(null, "", id ? `${LINK}${id}` : location.pathname);
  }

  /** Ask for a title and save the run; resolve to the title, or to null where the user cancels. Throws `RequestError`. */
  async save() {
    const { run, title } = this.actions.current();
    const input = element("input", { id: "run-title", dir: "auto", required: true, maxlength: MAX_TITLE_LENGTH, value: title });
    const label = this.words.setText(element("label", { for: input.id }), "run-title");
    const fields = [element("div", { class: "field" }, label, input)];
    const read = () => input.value.trim();
    const given = await openForm(this.words, { title: "save-title", fields, submit: "save", read });
    if (!given) return null;
    const response = await this.api.change("POST", "/playground/runs", { title: given, run });
    this.use((await response.json()).id);
    return given;
  }

  /** Show a link to the run, which is saved first if it is not yet. Throws `RequestError`. */
  async share() {
    if (this.id === null && !(await this.save())) return;
    const { words } = this;
    const input = element("input", { id: "run-link", readonly: true, value: location.href });
    const label = words.setText(element("label", { for: input.id }), "link");
    const status = element("p", { class: "hint", role: "status" });
    const copy = element("button", { type: "button", class: "button primary" });
    words.setText(copy, "copy").addEventListener("click", async () => {
      await copyText(input.value);
      words.setText(status, "copied");
    });
    const why = words.setText(element("p", { class: "hint" }), "share-why");
    await openPanel(words, { title: "share-title", children: [element("div", { class: "field" }, label, input), why, status, copy] });
  }

  /** Throws `RequestError`. */
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
      throw new RequestError(this.words.text("not-a-run"));
    }
    this.actions.show(run);
    this.use(null);
  }

  exportFile() {
    const { run, title } = this.actions.current();
    const name = title.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "run";
    saveFile(`${name}.json`, new Blob([JSON.stringify(run, null, 2)], { type: "application/json" }));
  }

  /** Open a dialog that lists the saved runs. Throws `RequestError`. */
  async choose() {
    const { words } = this;
    const list = element("ul", { class: "runs" });
    const more = words.setText(element("button", { type: "button", class: "button", hidden: true }), "more");
    const empty = words.setText(element("p", { class: "hint", hidden: true }), "no-runs");
    const alert = element("p", { class: "error", role: "alert", hidden: true });
    const dialog = { list, more, empty, alert, cursor: null };
    const file = words.setText(element("button", { type: "button", class: "button" }), "open-file");
    const children = [alert, list, empty, more, file];
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

  /** Run an action, and show its error in the dialog. */
  async guard({ alert }, action) {
    try {
      alert.hidden = true;
      await action();
    } catch (error) {
      alert.textContent = error.message;
      alert.hidden = false;
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
    const open = element("a", { href: `${LINK}${run.id}`, dir: "auto" }, run.title);
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
        const why = this.words.setText(element("p"), "remove-why", { title: run.title });
        const form = { title: "remove-title", fields: [why], submit: "delete", isDanger: true, read: () => true };
        if (!(await openForm(this.words, form))) return;
        await this.api.change("DELETE", `/playground/runs/${run.id}`);
        if (run.id === this.id) this.use(null);
        removed();
        dialog.empty.hidden = dialog.list.childElementCount > 0;
      });
    const button = iconButton(this.words, "remove", "remove-run", click);
    return this.words.setLabel(button, "remove-run", { title: run.title });
  }

  async openFile(dialog) {
    const [file] = await pickFiles("application/json", false);
    if (!file) return;
    const text = await file.text();
    this.show(parseOrNull(text));
    dialog.close();
  }
}

/** Return null for what is not JSON, which is refused as a run then. */
function parseOrNull(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
