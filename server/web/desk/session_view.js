/** The open session: who it is and in which state, its dialogue, and the form for an answer. */

import { element, iconButton } from "/web/frame/dom.js";
import { ActButtons } from "./acting.js";
import { Dialogue } from "./dialogue.js";
import { createAge, createBadge, writeCustomer } from "./writing.js";

export class SessionView {
  /** `act(name)` does something with the session, `leave()` goes back to the list, and `toggleDetails()` shows or hides them. */
  constructor(page, { composer, act, leave, toggleDetails }) {
    Object.assign(this, { page, words: page.words, composer, id: null, found: null });
    const { words } = this;
    this.heading = element("h2", { class: "session-name", tabindex: "-1", dir: "auto" });
    this.subline = element("p", { class: "session-state" });
    this.buttons = new ActButtons(words, { act });
    this.back = iconButton(words, "previous", "back-to-list", leave, { class: "icon-button back" });
    this.info = iconButton(words, "info", "details-toggle", toggleDetails, { class: "icon-button info", "aria-expanded": "false", "aria-controls": "details" });
    const names = element("div", { class: "session-names" }, this.heading, this.subline);
    this.head = element("div", { class: "session-head" }, this.back, names, this.buttons.root, this.info);
    this.error = element("p", { class: "error", role: "alert", hidden: true });
    this.dialogue = new Dialogue(page);
    this.note = element("p", { class: "hint state-note", hidden: true });
    this.body = element("div", { class: "session-body", hidden: true }, this.head, this.error, this.dialogue.root, this.note, composer.root);
    this.empty = words.setText(element("p", { class: "hint nothing-open" }), "nothing-open");
    this.root = element("section", { class: "session" }, this.empty, this.body);
    words.setLabel(this.root, "session").removeAttribute("title");
  }

  /** Show a session as it is now. Its draft and the place in its dialogue stay. */
  show(found, desk) {
    const { session } = found;
    if (session.id !== this.id) this.say("");
    Object.assign(this, { id: session.id, found });
    this.empty.hidden = true;
    this.body.hidden = false;
    const isMine = session.state === "person" && session.agent === desk.agent;
    this.heading.textContent = writeCustomer(this.words, session);
    this.showState(session, isMine);
    this.buttons.show(session, desk);
    this.composer.turnTo(session.id, isMine, desk);
    this.composer.open.checkArrived(found.turns);
    this.dialogue.show(found);
  }

  showState(session, isMine) {
    const { words } = this;
    const { state, reason, agent, agent_name: agentName } = session;
    const isWaiting = state === "waiting";
    const name = agentName ?? agent;
    const since = createAge(words, isWaiting ? session.asked_s : session.changed_s, isWaiting);
    const badge = createBadge(words, isMine ? "state-mine" : `state-${state}`, `is-${isMine ? "mine" : state}`);
    const why = isWaiting ? createBadge(words, `reason-${reason}`, `is-${reason}`) : null;
    this.subline.replaceChildren(...[badge, why, since].filter(Boolean));
    this.note.hidden = isMine;
    words.setText(this.note, `note-${state}`, { name });
  }

  /** Show that no session is open. */
  close() {
    Object.assign(this, { id: null, found: null });
    this.body.hidden = true;
    this.empty.hidden = false;
    this.composer.turnTo(null, false, this.composer.limits);
  }

  /** Show an error of the session, or none. */
  say(text) {
    this.error.textContent = text;
    this.error.hidden = !text;
  }

  /** Move the focus to where the person goes on: the field for the answer, or the name of the customer. */
  focus() {
    const canWrite = this.composer.canWrite && matchMedia("(pointer: fine)").matches;
    if (canWrite) this.composer.focus();
    else this.heading.focus();
  }
}
