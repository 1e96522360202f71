/** What is known of one token: its probability, its bytes, and what else might have come. */

import { element } from "/web/frame/dom.js";
import { percent } from "./probability.js";

const MARGIN = 8;

export class TokenCard {
  constructor(words) {
    this.words = words;
    this.root = element("div", { class: "token-card", role: "tooltip", id: `card-${crypto.getRandomValues(new Uint32Array(1))[0]}`, hidden: true });
  }

  /** Below a token, within the window. */
  show(shown, token) {
    this.shown?.removeAttribute("aria-describedby");
    this.shown = shown;
    this.root.replaceChildren(this.head(token), this.table(token));
    this.root.hidden = false;
    shown.setAttribute("aria-describedby", this.root.id);
    this.place(shown.getClientRects()[0]);
  }

  place({ left, top, bottom }) {
    const { width, height } = this.root.getBoundingClientRect();
    const isBelow = bottom + height + MARGIN < innerHeight || top < height;
    this.root.style.left = `${Math.max(MARGIN, Math.min(left, innerWidth - width - MARGIN))}px`;
    this.root.style.top = `${isBelow ? bottom : top - height}px`;
  }

  hide() {
    this.root.hidden = true;
    this.shown?.removeAttribute("aria-describedby");
  }

  head({ token, logprob, bytes }) {
    const numbers = this.words.text("token-numbers", { share: percent(logprob), logprob: logprob.toFixed(4) });
    const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    return element("div", {}, element("code", {}, visible(token)), ` ${numbers}`, element("div", { class: "hint" }, hex));
  }

  /** The token itself comes last where it is none of the most likely. */
  table({ top_logprobs: others, ...token }) {
    const isSame = (other) => String(other.bytes) === String(token.bytes);
    const rows = [...others, ...(others.some(isSame) ? [] : [token])].map((other) => {
      const bar = element("span", { class: "bar" });
      bar.style.width = `${Math.exp(other.logprob) * 100}%`;
      const cells = [element("code", {}, visible(other.token)), element("span", { class: "bars" }, bar), percent(other.logprob)];
      return element("tr", { class: isSame(other) ? "is-chosen" : null }, ...cells.map((cell) => element("td", {}, cell)));
    });
    return element("table", {}, element("tbody", {}, ...rows));
  }
}

/** With its spaces and line breaks, as JSON writes them. */
function visible(text) {
  return JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll(" ", "␣");
}
