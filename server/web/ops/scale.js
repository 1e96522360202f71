/** Scales and ticks of charts. */

const MINUTE_S = 60;
const STEPS_S = [15, 30, MINUTE_S, 2 * MINUTE_S, 5 * MINUTE_S, 10 * MINUTE_S];

/** Return round numbers from 0 to at least `most`, in at most `count` steps, of powers of two if `isBinary`. */
export function findTicks(most, count, isBinary = false) {
  const rough = (most || 1) / count;
  const step = isBinary ? 2 ** Math.ceil(Math.log2(rough)) : roundUp(rough);
  return Array.from({ length: Math.max(Math.ceil(most / step), 1) + 1 }, (_, index) => index * step);
}

function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((one) => one * power).find((one) => one >= value * 0.999);
}

/** Return full minutes, or parts of them, between two times in seconds; at most `count`. */
export function findTimeTicks(first, last, count) {
  const step = STEPS_S.find((one) => (last - first) / one <= count) ?? STEPS_S.at(-1);
  const found = [];
  for (let time = Math.ceil(first / step) * step; time <= last; time += step) found.push(time);
  return found;
}

/** Return a function from values to positions. */
export function createLinearScale([low, high], [start, end]) {
  return (value) => start + ((value - low) / (high - low || 1)) * (end - start);
}
