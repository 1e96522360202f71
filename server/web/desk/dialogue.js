/** The dialogue of the open session. What is new is added to it; what is shown keeps its place. */

import { element } from "/web/frame/dom.js";
import { StoredPictures } from "./pictures.js";
import { createChange, createTurn } from "./turns.js";

const NEAR_END = 80;
/** In pixels. Whoever has scrolled this near to the end wants to see what is added. */

export class Dialogue {
  constructor(page) {
    Object.assign(this, { page, words: page.words, id: null, shown: new Map(), pictures: null });
    this.list = element("ol", { class: "turns" });
    this.fresh = this.words.setText(element("button", { type: "button", class: "button fresh", hidden: true, on: { click: () => this.scroll() } }), "new-below");
    const scrolls = { class: "dialogue", tabindex: "0", role: "log", on: { scroll: () => this.noteScroll() } };
    this.scroller = this.words.setLabel(element("div", scrolls, this.list), "dialogue");
    this.scroller.removeAttribute("title");
    this.root = element("div", { class: "dialogue-frame" }, this.scroller, this.fresh);
    this.follows = true;
    new ResizeObserver(() => this.follows && this.scroll()).observe(this.scroller); // as the form below it grows
  }

  /** Show a session, from its end on where it was not the open one. */
  show(found) {
    const isOther = found.session.id !== this.id;
    if (isOther) this.begin(found.session.id);
    const { follows } = this;
    const isNew = this.place(listParts(found), found.session);
    if (isOther || follows) this.scroll();
    else if (isNew) this.fresh.hidden = false;
  }

  begin(id) {
    this.pictures?.close();
    this.id = id;
    this.pictures = new StoredPictures(this.page, (sha256) => `/desk/sessions/${encodeURIComponent(id)}/pictures/${sha256}`);
    this.shown.clear();
    this.list.replaceChildren();
    this.fresh.hidden = true;
  }

  /** Place each part behind the one before it; draw those that are new or have changed. Return whether a turn is new. */
  place(parts, session) {
    let next = this.list.firstChild;
    let isNew = false;
    for (const { key, turn, event } of parts) {
      const said = JSON.stringify(turn ?? event);
      const known = this.shown.get(key);
      isNew ||= !known && Boolean(turn);
      const item = known?.said === said ? known.item : this.draw(turn, event, session);
      if (known && known.item !== item) {
        if (next === known.item) next = item;
        known.item.replaceWith(item);
      }
      if (next === item) next = item.nextSibling;
      else this.list.insertBefore(item, next);
      this.shown.set(key, { said, item });
    }
    return isNew;
  }

  draw(turn, event, session) {
    return turn ? createTurn(this.words, turn, this.pictures) : createChange(this.words, event, session);
  }

  /** Note whether the end is seen, where new turns are followed. */
  noteScroll() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    this.follows = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (this.follows) this.fresh.hidden = true;
  }

  scroll() {
    this.follows = true;
    this.fresh.hidden = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }
}

/** Return the turns and the changes of who answers, in the order of their times. */
function listParts({ turns, events }) {
  const said = turns.map((turn) => ({ key: turn.id, turn, at: turn.created_s }));
  const changed = events.map((event) => ({ key: `${event.at_s} ${event.state} ${event.by}`, event, at: event.at_s }));
  return [...said, ...changed].sort((one, other) => one.at - other.at);
}
