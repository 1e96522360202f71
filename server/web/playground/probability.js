/** Probabilities as numbers and colours. */

import { element } from "/web/frame/dom.js";

/** The lower bounds of the bands of probability, each of which has a colour. */
const BANDS = [0, 0.1, 0.3, 0.6, 0.9];

/** Return the probability in percent, with two or more significant digits. */
export function formatPercent(logprob) {
  const share = Math.exp(logprob) * 100;
  return `${share >= 9.95 ? share.toFixed(1) : share.toPrecision(2)}%`;
}

/** Return the CSS class of the band. */
export function getBand(logprob) {
  return `band-${BANDS.findLastIndex((low) => Math.exp(logprob) >= low)}`;
}

/** Create the list that explains the colours. */
export function createLegend(words) {
  const title = words.setText(element("li"), "legend");
  const bands = BANDS.map((low, index) => {
    const high = BANDS[index + 1] ?? 1;
    return element("li", {}, element("span", { class: `token band-${index}` }, `${low * 100}–${high * 100}%`));
  });
  return element("ul", { class: "legend" }, title, ...bands);
}
