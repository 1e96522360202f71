/** The turns of the session, oldest first, or a welcome before the first one. */

import { element } from "/web/frame/dom.js";
import { Answer } from "./answer.js";
import { createClipView } from "./clips.js";
import { createThumbnails } from "./thumbnails.js";

const NEAR_END = 120;
/** In pixels. Whoever has scrolled this near to the end wants to see what is added. */

export class Transcript {
  /** `markdown` renders answers. */
  constructor(words, markdown) {
    this.words = words;
    this.markdown = markdown;
    this.root = document.getElementById("transcript");
    this.root.tabIndex = 0;
    words.setLabel(this.root, "transcript");
    this.root.setAttribute("role", "region");
    this.list = element("ol", { class: "turns" });
    this.answers = [];
  }

  /** Show the welcome. `samples` is an element with sample questions, or null. */
  clear(samples) {
    const { words } = this;
    const hint = samples ? "samples-hint" : "welcome-hint";
    const title = words.setText(element("h2"), "welcome");
    this.welcome = element("div", { class: "welcome" }, title, words.setText(element("p"), hint), samples);
    this.list.replaceChildren();
    this.answers = [];
    this.root.replaceChildren(this.welcome);
  }

  /**
   * Add a turn, and return its `Answer`. A question is its text, pictures and clips, or `frames` of a stored clip; it is
   * null where a `person` has said something unasked.
   */
  add(question, actions, person = null) {
    const answer = new Answer(this.words, actions, this.markdown);
    const asked = question ? [this.createQuestion(question)] : [];
    answer.item = element("li", {}, ...asked, person ? this.createPersonSaid(person, answer) : this.createSaid("assistant", answer.root));
    this.list.append(answer.item);
    this.answers.push(answer);
    if (this.root.firstChild !== this.list) this.root.replaceChildren(this.list);
    this.scroll();
    return answer;
  }

  createQuestion({ text, pictures, clips = [], frames = [] }) {
    const { words } = this;
    const views = [...createThumbnails(words, [...pictures, ...frames]), ...clips.map((clip) => createClipView(words, clip))];
    const shown = views.length ? element("div", { class: "pictures" }, ...views) : null;
    return this.createSaid("you", shown, element("p", { class: "question", dir: "auto" }, text));
  }

  createSaid(who, ...parts) {
    return element("div", { class: `said ${who}` }, this.words.setText(element("h2", { class: "unseen" }), who), ...parts);
  }

  /** What a person says is under the person's name, which everybody sees. */
  createPersonSaid({ name, pictures }, answer) {
    const { words } = this;
    const heading = words.setText(element("h2", { class: "speaker" }), name ? "person-named" : "person", { name });
    const shown = pictures.length ? element("div", { class: "pictures" }, ...createThumbnails(words, pictures)) : null;
    return element("div", { class: "said person" }, heading, shown, answer.root);
  }

  /** Return the answer of a stored turn, if it is shown. */
  find(turn) {
    return this.answers.find((answer) => answer.turn === turn);
  }

  get isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.root;
    return scrollHeight - scrollTop - clientHeight < NEAR_END;
  }

  scroll() {
    this.root.scrollTop = this.root.scrollHeight;
  }

  /** Run `change`, and scroll to the end again if it was visible before. */
  keepAtEnd(change) {
    const { isAtEnd } = this;
    change();
    if (isAtEnd) requestAnimationFrame(() => this.scroll());
  }
}
