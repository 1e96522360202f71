/** Where values are on a chart, and which of them its axes name. */

const MINUTE_S = 60;
const STEPS_S = [15, 30, MINUTE_S, 2 * MINUTE_S, 5 * MINUTE_S, 10 * MINUTE_S];

/** Round numbers from 0 to over `most`, at `count` steps or fewer; bytes by powers of two. */
export function ticks(most, count, isBinary = false) {
  const base = isBinary ? 1024 ** Math.floor(Math.log(most || 1) / Math.log(1024)) : 1;
  const rough = most / base / count || 1 / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough * 0.999) * base;
  return Array.from({ length: Math.max(Math.ceil(most / step), 1) + 1 }, (_, index) => index * step);
}

/** Full minutes, or parts of one, between two times; `count` at most. */
export function timeTicks(first, last, count) {
  const step = STEPS_S.find((one) => (last - first) / one <= count) ?? STEPS_S.at(-1);
  const found = [];
  for (let time = Math.ceil(first / step) * step; time <= last; time += step) found.push(time);
  return found;
}

/** A function from values to places. */
export function linear([low, high], [start, end]) {
  return (value) => start + ((value - low) / (high - low || 1)) * (end - start);
}
