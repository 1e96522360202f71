/**
 * An answer as tokens, coloured by probability. The token under the pointer or with the focus shows its alternatives.
 *
 * The list is one tab stop; arrow keys move between tokens (https://www.w3.org/WAI/ARIA/apg/patterns/listbox/).
 */

import { element } from "/web/frame/dom.js";
import { getBand, formatPercent } from "./probability.js";
import { TokenCard } from "./token_card.js";

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity };

export class Tokens {
  constructor(words) {
    this.words = words;
    this.tokens = [];
    this.decoder = new TextDecoder();
    this.card = new TokenCard(words);
    this.list = element("div", { class: "tokens", role: "listbox", tabindex: 0 });
    words.setLabel(this.list, "tokens");
    this.root = element("div", { class: "token-view" }, this.list, this.card.root);
    this.list.addEventListener("pointerover", (event) => this.point(event.target));
    this.list.addEventListener("focusin", (event) => this.focus(event.target));
    this.list.addEventListener("keydown", (event) => this.handleKey(event));
    this.root.addEventListener("pointerleave", () => this.leave());
    this.root.addEventListener("focusout", () => this.card.hide());
  }

  add(tokens) {
    const made = tokens.map((token) => {
      // a token may be a part of a character, which is shown with the last one
      const text = this.decoder.decode(Uint8Array.from(token.bytes), { stream: true });
      const shown = element("span", { class: `token ${getBand(token.logprob)}`, role: "option", tabindex: -1 }, text);
      shown.dataset.index = this.tokens.push(token) - 1;
      const name = text.trim() ? text : JSON.stringify(token.token).slice(1, -1);
      shown.setAttribute("aria-label", `${name} ${formatPercent(token.logprob)}`);
      return shown;
    });
    this.list.append(...made);
  }

  findToken(shown) {
    return this.tokens[shown?.dataset?.index];
  }

  point(shown) {
    if (this.findToken(shown)) this.card.show(shown, this.findToken(shown));
  }

  /** Move the focus from the list itself to the token that had it last. */
  focus(shown) {
    if (shown === this.list) return this.goTo(this.current ?? this.list.firstElementChild);
    this.current = shown;
    this.list.tabIndex = -1;
    shown.tabIndex = 0;
    this.point(shown);
  }

  goTo(shown) {
    if (!shown) return;
    if (this.current) this.current.tabIndex = -1;
    shown.focus();
  }

  handleKey(event) {
    if (event.key === "Escape") return this.card.hide();
    const step = STEPS[event.key];
    if (step === undefined || !this.current) return;
    event.preventDefault();
    const at = Number(this.current.dataset.index) + step;
    this.goTo(this.list.children[Math.max(0, Math.min(this.tokens.length - 1, at))]);
  }

  /** Show the card of the focused token again when the pointer leaves. */
  leave() {
    const focused = this.list.querySelector(":focus-visible");
    if (focused) this.point(focused);
    else this.card.hide();
  }
}
