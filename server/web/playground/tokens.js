/**
 * An answer token by token: coloured by probability, with the alternatives beside it when it is pointed at or focused.
 *
 * One stop of the keyboard; arrows go from token to token (https://www.w3.org/WAI/ARIA/apg/patterns/listbox/).
 */

import { element } from "/web/frame/dom.js";
import { bandOf, percent } from "./probability.js";
import { TokenCard } from "./token_card.js";

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity };

export class Tokens {
  constructor(words) {
    this.words = words;
    this.tokens = [];
    this.decoder = new TextDecoder();
    this.card = new TokenCard(words);
    this.list = element("div", { class: "tokens", role: "listbox", tabindex: 0 });
    words.label(this.list, "tokens");
    this.root = element("div", { class: "token-view" }, this.list, this.card.root);
    this.list.addEventListener("pointerover", (event) => this.point(event.target));
    this.list.addEventListener("focusin", (event) => this.focus(event.target));
    this.list.addEventListener("keydown", (event) => this.press(event));
    this.root.addEventListener("pointerleave", () => this.leave());
    this.root.addEventListener("focusout", () => this.card.hide());
  }

  add(tokens) {
    const made = tokens.map((token) => {
      // a token may be a part of a character, which shows with its last
      const text = this.decoder.decode(Uint8Array.from(token.bytes), { stream: true });
      const shown = element("span", { class: `token ${bandOf(token.logprob)}`, role: "option", tabindex: -1 }, text);
      shown.dataset.index = this.tokens.push(token) - 1;
      const name = text.trim() ? text : JSON.stringify(token.token).slice(1, -1);
      shown.setAttribute("aria-label", `${name} ${percent(token.logprob)}`);
      return shown;
    });
    this.list.append(...made);
  }

  tokenOf(shown) {
    return this.tokens[shown?.dataset?.index];
  }

  point(shown) {
    if (this.tokenOf(shown)) this.card.show(shown, this.tokenOf(shown));
  }

  /** The list itself passes the focus to the token that had it last. */
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

  press(event) {
    if (event.key === "Escape") return this.card.hide();
    const step = STEPS[event.key];
    if (step === undefined || !this.current) return;
    event.preventDefault();
    const at = Number(this.current.dataset.index) + step;
    this.goTo(this.list.children[Math.max(0, Math.min(this.tokens.length - 1, at))]);
  }

  /** What is focused keeps its card. */
  leave() {
    const focused = this.list.querySelector(":focus-visible");
    if (focused) this.point(focused);
    else this.card.hide();
  }
}
