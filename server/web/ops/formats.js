/** Numbers and times as people read them, in the page's language. */

const KILO = 1024;
const BYTES = ["B", "KB", "MB", "GB", "TB"];

/** What is not known, or did not happen. */
export const NOTHING = "–";

function number(words, value, digits) {
  return value.toLocaleString(words.language, { maximumFractionDigits: digits });
}

/** A few figures, whatever the size. */
function short(words, value) {
  return number(words, value, value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

/** From 1000 on in the next unit. */
function bytes(words, value) {
  const step = value < 1 ? 0 : Math.min(Math.floor(Math.log(value * 1.024) / Math.log(KILO)), BYTES.length - 1);
  return `${short(words, value / KILO ** step)} ${BYTES[step]}`;
}

function seconds(words, value) {
  return value < 1 ? `${number(words, value * 1000, value < 0.01 ? 1 : 0)} ms` : `${short(words, value)} s`;
}

/** By unit; null is a dash. */
const FORMATS = {
  count: (words, value) => number(words, value, value < 10 ? 1 : 0),
  rate: (words, value) => `${short(words, value)}/s`,
  share: (words, value) => `${number(words, value * 100, value < 0.1 ? 1 : 0)}%`,
  seconds,
  bytes,
};

export function shown(words, unit, value) {
  return value === null || value === undefined ? NOTHING : FORMATS[unit](words, value);
}

/** A time of day, with its date where that is not today. */
export function when(words, time) {
  const date = new Date(time * 1000);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? date.toLocaleTimeString(words.language) : date.toLocaleString(words.language);
}

/** As an axis has it: with seconds where minutes do not tell. */
export function clock(words, time, hasSeconds) {
  const second = hasSeconds ? "2-digit" : undefined;
  return new Date(time * 1000).toLocaleTimeString(words.language, { hour: "2-digit", minute: "2-digit", second, hourCycle: "h23" });
}
