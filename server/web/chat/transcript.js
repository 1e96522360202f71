/** What was said, oldest first; before anything was, a welcome. */

import { element } from "/web/frame/dom.js";
import { Answer } from "./answer.js";
import { thumbnails } from "./thumbnails.js";

const NEAR_END = 120;
/** In pixels: who is that near the end of what was said wants to see more of it. */

export class Transcript {
  constructor(words) {
    this.words = words;
    this.root = document.getElementById("transcript");
    this.root.tabIndex = 0;
    words.label(this.root, "transcript");
    this.root.setAttribute("role", "region");
    this.list = element("ol", { class: "turns" });
  }

  /** `samples` is an element to begin with, or null. */
  clear(samples) {
    const { words } = this;
    const hint = samples ? "samples-hint" : "welcome-hint";
    const title = words.say(element("h2"), "welcome");
    this.welcome = element("div", { class: "welcome" }, title, words.say(element("p"), hint), samples);
    this.list.replaceChildren();
    this.root.replaceChildren(this.welcome);
  }

  /** Gives the `Answer` that belongs to the question. */
  add(text, pictures, actions) {
    const { words } = this;
    const answer = new Answer(words, actions);
    const said = (who, ...parts) => element("div", { class: `said ${who}` }, words.say(element("h2", { class: "unseen" }), who), ...parts);
    const shown = pictures.length ? element("div", { class: "pictures" }, ...thumbnails(words, pictures)) : null;
    answer.item = element("li", {}, said("you", shown, element("p", { class: "question" }, text)), said("assistant", answer.root));
    this.list.append(answer.item);
    if (this.root.firstChild !== this.list) this.root.replaceChildren(this.list);
    this.scroll();
    return answer;
  }

  get isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.root;
    return scrollHeight - scrollTop - clientHeight < NEAR_END;
  }

  scroll() {
    this.root.scrollTop = this.root.scrollHeight;
  }

  /** Runs `change`, and goes on showing the end to whoever saw it. */
  following(change) {
    const { isAtEnd } = this;
    change();
    if (isAtEnd) requestAnimationFrame(() => this.scroll());
  }
}
