/** The card of one token: its probability, its bytes, and the alternatives. */

import { element } from "/web/frame/dom.js";
import { formatPercent } from "./probability.js";

const MARGIN = 8;

export class TokenCard {
  constructor(words) {
    this.words = words;
    this.root = element("div", { class: "token-card", role: "tooltip", id: `card-${crypto.getRandomValues(new Uint32Array(1))[0]}`, hidden: true });
  }

  /** Show the card below a token, or above where there is no room. */
  show(shown, token) {
    this.shown?.removeAttribute("aria-describedby");
    this.shown = shown;
    this.root.replaceChildren(this.createHead(token), this.createTable(token));
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

  createHead({ token, logprob, bytes }) {
    const numbers = this.words.text("token-numbers", { share: formatPercent(logprob), logprob: logprob.toFixed(4) });
    const hex = bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    return element("div", {}, element("code", {}, makeVisible(token)), ` ${numbers}`, element("div", { class: "hint" }, hex));
  }

  /** Create the table of alternatives; the chosen token comes last where it is not among the most likely. */
  createTable({ top_logprobs: others, ...token }) {
    const isSame = (other) => String(other.bytes) === String(token.bytes);
    const rows = [...others, ...(others.some(isSame) ? [] : [token])].map((other) => {
      const bar = element("span", { class: "bar" });
      bar.style.width = `${Math.exp(other.logprob) * 100}%`;
      const cells = [element("code", {}, makeVisible(other.token)), element("span", { class: "bars" }, bar), formatPercent(other.logprob)];
      return element("tr", { class: isSame(other) ? "is-chosen" : null }, ...cells.map((cell) => element("td", {}, cell)));
    });
    return element("table", {}, element("tbody", {}, ...rows));
  }
}

/** Make spaces and line breaks visible. */
function makeVisible(text) {
  return JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll(" ", "␣");
}
