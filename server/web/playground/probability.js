/** Probabilities as numbers and colours. */

import { element } from "/web/frame/dom.js";

/** Lower ends of the bands that have a colour each. */
const BANDS = [0, 0.1, 0.3, 0.6, 0.9];

/** With two or three digits that say something. */
export function percent(logprob) {
  const share = Math.exp(logprob) * 100;
  return `${share >= 9.95 ? share.toFixed(1) : share.toPrecision(2)}%`;
}

/** The class of its colour. */
export function bandOf(logprob) {
  return `band-${BANDS.findLastIndex((low) => Math.exp(logprob) >= low)}`;
}

/** What the colours mean. */
export function legend(words) {
  const title = words.say(element("li"), "legend");
  const bands = BANDS.map((low, index) => {
    const high = BANDS[index + 1] ?? 1;
    return element("li", {}, element("span", { class: `token band-${index}` }, `${low * 100}–${high * 100}%`));
  });
  return element("ul", { class: "legend" }, title, ...bands);
}
