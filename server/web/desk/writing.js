/** How sessions, people and times are written at the desk. */

import { OWN_NAME } from "/web/chat/dialogue.js";
import { element } from "/web/frame/dom.js";
import { formatDuration, formatTime } from "/web/ops/formats.js";

const LONG_S = 300;
/** From when on a session has waited for long. */

/** Return what a customer is called: by the shop's claims, by the shop's own name for the customer, or by the session's name. */
export function writeCustomer(words, { customer, name }) {
  if (customer.is_anonymous) return words.text("visitor", { number: customer.id.slice(-6) });
  return customer.name || customer.subject || (name.startsWith(OWN_NAME) ? words.text("no-name") : name);
}

/** Return the letter that stands for a customer. */
export function writeInitial(text) {
  return [...text][0]?.toUpperCase() ?? "?";
}

/** Create a time of day, with the date if it is not today. */
export function createTime(words, seconds) {
  const date = new Date(seconds * 1000);
  const isToday = date.toDateString() === new Date().toDateString();
  const shown = { hour: "2-digit", minute: "2-digit", ...(isToday ? {} : { month: "short", day: "numeric" }) };
  return element("time", { datetime: date.toISOString(), title: formatTime(words, seconds) }, date.toLocaleString(words.language, shown));
}

/** Create a time as how long ago it was, which `refreshAges` keeps right. */
export function createAge(words, seconds, isWaiting) {
  const age = element("time", { class: isWaiting ? "age is-waiting" : "age", datetime: new Date(seconds * 1000).toISOString(), title: formatTime(words, seconds) });
  showAge(words, age);
  return age;
}

export function refreshAges(words, root) {
  for (const age of root.querySelectorAll("time.age")) showAge(words, age);
}

function showAge(words, age) {
  const seconds = Math.max(0, (Date.now() - Date.parse(age.dateTime)) / 1000);
  age.textContent = seconds < 60 ? words.text("just-now") : formatDuration(words, seconds < 3600 ? 60 * Math.floor(seconds / 60) : seconds);
  age.classList.toggle("is-long", age.classList.contains("is-waiting") && seconds >= LONG_S);
}

/** Return who has made a change of a hand-over. */
export function writeMaker(words, by, session) {
  if (by === session.customer.id) return words.text("by-customer");
  return by === "server" ? words.text("by-server") : by;
}

/** Create a small label with the text of a key. */
export function createBadge(words, key, kind = "") {
  return words.setText(element("span", { class: `badge ${kind}` }), key);
}
