/** A session in the list: who it is, for how long, what was said last, and why a person is asked for. */

import { element } from "/web/frame/dom.js";
import { createAge, createBadge, writeCustomer, writeInitial } from "./writing.js";

/** Create the entry of a session; `showsHolder` says who has it, and `showsShop` whose it is. */
export function createEntry(words, session, { showsHolder, showsShop }) {
  const name = writeCustomer(words, session);
  const isWaiting = session.state === "waiting";
  const head = element("span", { class: "entry-head" }, element("strong", { class: "entry-name", dir: "auto" }, name), createAge(words, isWaiting ? session.asked_s : session.changed_s, isWaiting));
  const badges = element("span", { class: "entry-badges" }, ...createBadges(words, session, { showsHolder, showsShop }));
  const body = element("span", { class: "entry-body" }, head, element("span", { class: "entry-words", dir: "auto" }, writeLast(words, session)), badges);
  const avatar = element("span", { class: "avatar", "aria-hidden": "true" }, writeInitial(name));
  const link = element("a", { class: "entry", href: `#${session.id}`, tabindex: "-1" }, avatar, body);
  return element("li", { "data-id": session.id }, link);
}

function createBadges(words, { state, reason, shop, agent, agent_name: agentName }, { showsHolder, showsShop }) {
  const badges = state === "waiting" ? [createBadge(words, `reason-${reason}`, `is-${reason}`)] : [];
  if (showsHolder && agent) badges.push(element("span", { class: "badge", dir: "auto" }, agentName ?? agent));
  if (showsShop && shop) badges.push(element("span", { class: "badge is-shop", dir: "auto" }, shop));
  return badges;
}

/** Return what was said last, in one line. */
function writeLast(words, { last, title }) {
  if (!last) return title ?? "";
  const text = last.text.replace(/\s+/g, " ").trim() || words.text("pictures-only", { count: last.num_pictures });
  return last.by === "person" ? words.text("said-by", { name: last.name ?? words.text("person"), text }) : text;
}
