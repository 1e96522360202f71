/** The desk as a whole: which list and which session are shown, what is done with them, and what has changed. */

import { RequestError } from "/web/frame/api.js";
import { askForSession, confirmClosing } from "./acting.js";
import { Updates } from "./updates.js";
import { writeCustomer } from "./writing.js";

const DETAILS_BESIDE = "(min-width: 1180px)";
/** Where the page is wide enough to show the details beside the dialogue. */

const LOOK_MS = 10_000;
/** How often a session that the assistant answers is read: the desk is not told of its turns. */

export class Desk {
  constructor(page, parts) {
    Object.assign(this, { words: page.words, api: page.api }, parts);
    this.me = null;
    this.id = null;
    this.isActing = false;
    this.hasDetails = false;
    this.updates = new Updates((has) => this.read(has));
    setInterval(() => this.look(), LOOK_MS);
    document.addEventListener("visibilitychange", () => this.look());
    matchMedia(DETAILS_BESIDE).addEventListener("change", () => this.showDetails(false));
  }

  /** Read everything, at the start and with another key. */
  async begin() {
    this.events.stop();
    try {
      await this.readMe();
      this.refusal.hide();
      this.body.hidden = false;
      await this.list.turnTo(this.tabs.state, this.me);
      await this.show(location.hash.slice(1) || null);
      this.events.restart();
    } catch (error) {
      this.refuse(error);
    }
    document.body.dataset.ready = "true";
  }

  refuse(error) {
    if (!(error instanceof RequestError)) throw error;
    if (this.refusal.take(error)) this.events.stop();
    else if (this.me === null) this.refusal.show(error.message);
    else this.head.say(error.message);
  }

  async readMe() {
    this.me = await this.api.json("/desk/me");
    this.tabs.take(this.me);
    this.head.take(this.me);
    this.notice.take(this.me);
  }

  hear({ waiting, changed = null }) {
    this.notice.setCount(waiting);
    this.updates.request(changed);
  }

  /** Read the numbers, the list, and the open session if it may have changed. */
  async read(has) {
    try {
      await Promise.all([this.readMe(), this.list.refresh(this.me), this.readOpen(has)]);
    } catch (error) {
      if (this.refusal.take(error)) this.events.stop();
    }
  }

  look() {
    if (this.view.found?.session.state === "bot" && !document.hidden) this.readOpen(() => true).catch(() => null);
  }

  async readOpen(has) {
    const { id } = this;
    if (id !== null && has(id)) await this.readSession().catch((error) => this.cannotOpen(id, error));
  }

  turnTo(state) {
    this.list.turnTo(state, this.me).catch((error) => this.refuse(error));
  }

  /** Open a session as a new entry of the browser's history. */
  async visit(id) {
    this.head.say("");
    if (id !== this.id) history.pushState(null, "", id ? `#${id}` : location.pathname);
    await this.show(id, true);
  }

  /** Open a session; null closes the one that is open. */
  async show(id, isFocused = false) {
    const isOther = id !== this.id;
    this.id = id;
    this.list.mark(id);
    if (id === null) return this.close();
    if (isOther) this.showDetails(false);
    await this.readSession().catch((error) => this.cannotOpen(id, error));
    if (isFocused && this.view.id === id) this.view.focus();
  }

  close() {
    this.view.close();
    this.body.classList.remove("is-open");
    this.details.root.hidden = true;
  }

  async readSession() {
    const { id } = this;
    const found = await this.api.json(`/desk/sessions/${encodeURIComponent(id)}`);
    if (id !== this.id) return;
    this.body.classList.add("is-open"); // before the dialogue is scrolled, which has no height while it is hidden
    this.view.show(found, this.me);
    this.details.root.hidden = false;
    this.details.show(found);
  }

  /** Say why a session cannot be shown; one that is gone leaves its place. */
  cannotOpen(id, error) {
    if (!(error instanceof RequestError)) throw error;
    if (id !== this.id || this.refusal.take(error)) return;
    this.head.say(this.writeGone(error));
    if (error.status !== 404) return;
    history.replaceState(null, "", location.pathname);
    this.id = null;
    this.close();
  }

  /** Go back to the list. Where it is beside the session, that stays open. */
  leave() {
    if (this.hasDetails) return this.showDetails(false);
    const isBeside = getComputedStyle(this.view.back).display === "none";
    if (!isBeside && this.id !== null) this.visit(null);
    return this.list.focus();
  }

  showDetails(isShown) {
    const isOpen = isShown && !matchMedia(DETAILS_BESIDE).matches;
    const hadFocus = this.details.root.contains(document.activeElement);
    this.hasDetails = isOpen;
    this.body.classList.toggle("has-details", isOpen);
    this.view.info.setAttribute("aria-expanded", isOpen);
    if (isOpen) this.details.closeButton.focus();
    else if (hadFocus) this.view.info.focus();
  }

  /** Open the session that waits longest. */
  async openNext() {
    try {
      const { sessions } = await this.api.json("/desk/sessions?limit=1");
      if (sessions.length) await this.visit(sessions[0].id);
      else this.tabs.focus();
    } catch (error) {
      this.refuse(error);
    }
  }

  async takeFromList(session) {
    await this.visit(session.id);
    await this.act("take");
  }

  /** Do something with the open session, once. Closing asks before, and taking asks for the person's name. */
  async act(name) {
    if (this.isActing || this.view.found === null) return;
    this.isActing = true;
    const { session } = this.view.found;
    try {
      if (await this.agree(name, session)) await this.carryOut(name, session.id);
    } finally {
      this.isActing = false;
    }
  }

  async agree(name, session) {
    if (name === "close") return confirmClosing(this.words, writeCustomer(this.words, session));
    return name === "take" || name === "interrupt" ? this.ownName.ensure() : true;
  }

  async carryOut(name, id) {
    const isTaking = name === "take" || name === "interrupt";
    this.view.buttons.setBusy(true);
    const error = await this.request(`/desk/sessions/${id}/${name}`, isTaking ? { name: this.ownName.current } : undefined);
    this.view.buttons.setBusy(false);
    if (!error && isTaking && this.tabs.state !== "mine") this.tabs.choose("mine");
    await this.read(() => true);
    if (this.view.id !== id) return;
    this.view.say(error ? this.write(error) : "");
    this.view.focus();
  }

  /** Send a request, and return its error, null where it succeeded. */
  async request(path, body) {
    try {
      await this.api.change("POST", path, body);
      return null;
    } catch (error) {
      if (error instanceof RequestError) return error;
      throw error;
    }
  }

  writeGone(error) {
    return error.status === 404 ? this.words.text("session-gone") : error.message;
  }

  write(error) {
    return error.status === 409 ? this.words.text("raced", { message: error.message }) : error.message;
  }

  /** Take a session from the model, by an id that is asked for. */
  async interrupt() {
    const id = await askForSession(this.words);
    if (!id || !(await this.ownName.ensure())) return;
    const error = await this.request(`/desk/sessions/${id}/interrupt`, { name: this.ownName.current });
    if (error) return this.head.say(this.writeGone(error));
    this.tabs.choose("mine");
    await this.visit(id);
  }

  /** Send an answer. What fails stays in the form with the reason. */
  async send(unsent) {
    const turns = this.view.id === unsent.id ? this.view.found.turns : null;
    const body = await unsent.write().catch(() => null);
    if (body === null) return unsent.tell("picture-gone");
    const error = await this.request(`/desk/sessions/${unsent.id}/answer`, body);
    if (!error) unsent.clear();
    else unsent.fail({ message: this.write(error) });
    if (error && !error.status && turns) unsent.noteLost(turns);
    await this.read((id) => id === unsent.id);
  }

  /** Write in another language what is not translated by itself. */
  redraw() {
    if (this.me === null) return;
    this.tabs.take(this.me);
    this.list.show();
    if (this.view.found === null) return;
    this.view.show(this.view.found, this.me);
    this.details.show(this.view.found);
  }
}
