/** Formatting of numbers and times in the page's language. */

const KILO = 1024;
const BYTES = ["B", "KB", "MB", "GB", "TB"];

/** Stands for a value that is missing. */
export const NOTHING = "–";

function formatNumber(words, value, digits) {
  return value.toLocaleString(words.language, { maximumFractionDigits: digits });
}

/** Format a number with about three digits. */
function formatShort(words, value) {
  return formatNumber(words, value, value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

/** Format a number of bytes; from 1000 on the next unit is used. */
function formatBytes(words, value) {
  const step = value < 1 ? 0 : Math.min(Math.floor(Math.log(value * 1.024) / Math.log(KILO)), BYTES.length - 1);
  return `${formatShort(words, value / KILO ** step)} ${BYTES[step]}`;
}

function formatSeconds(words, value) {
  return value < 1 ? `${formatNumber(words, value * 1000, value < 0.01 ? 1 : 0)} ms` : `${formatShort(words, value)} s`;
}

/** Format a time of people: seconds, minutes or hours. */
export function formatDuration(words, value) {
  const [unit, length] = [["hour", 3600], ["minute", 60], ["second", 1]].find(([, one]) => value >= one) ?? ["second", 1];
  const shown = value / length;
  return shown.toLocaleString(words.language, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: shown < 10 ? 1 : 0 });
}

/** The functions that format values, by unit. */
const FORMATS = {
  count: (words, value) => formatNumber(words, value, value < 10 ? 1 : 0),
  rate: (words, value) => `${formatShort(words, value)}/s`,
  share: (words, value) => `${formatNumber(words, value * 100, value < 0.1 ? 1 : 0)}%`,
  seconds: formatSeconds,
  bytes: formatBytes,
};

export function formatValue(words, unit, value) {
  return value === null || value === undefined ? NOTHING : FORMATS[unit](words, value);
}

/** Format Unix seconds as a time of day, with the date if it is not today. */
export function formatTime(words, time) {
  const date = new Date(time * 1000);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? date.toLocaleTimeString(words.language) : date.toLocaleString(words.language);
}

/** Format Unix seconds for an axis, with or without seconds. */
export function formatClock(words, time, hasSeconds) {
  const second = hasSeconds ? "2-digit" : undefined;
  return new Date(time * 1000).toLocaleTimeString(words.language, { hour: "2-digit", minute: "2-digit", second, hourCycle: "h23" });
}
