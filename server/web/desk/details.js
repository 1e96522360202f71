/** What is known of the open session beside its dialogue: the customer, the summary, calls that change data, hand-overs. */

import { showValue } from "/web/chat/actions.js";
import { createCopyButton } from "/web/frame/clipboard.js";
import { element, iconButton } from "/web/frame/dom.js";
import { nameChange } from "./turns.js";
import { createBadge, createTime, writeCustomer, writeMaker } from "./writing.js";

export class Details {
  /** `close()` is called by the button that hides them on narrow pages. */
  constructor({ words }, { close }) {
    this.words = words;
    this.content = element("div", { class: "details-content" });
    const heading = words.setText(element("h2"), "details");
    this.closeButton = iconButton(words, "close", "close", close, { class: "icon-button details-close" });
    this.root = element("aside", { class: "details", id: "details", tabindex: "-1", hidden: true }, element("div", { class: "panel-head" }, heading, this.closeButton), this.content);
    words.setLabel(this.root, "details").removeAttribute("title");
  }

  show(found) {
    const shown = JSON.stringify([{ ...found, turns: null }, this.words.language]);
    if (shown === this.shown) return;
    this.shown = shown;
    const sections = [this.createCustomer(found), this.createSummary(found), this.createActions(found), this.createEvents(found)];
    this.content.replaceChildren(...sections.filter(Boolean));
  }

  createSection(title, ...children) {
    return element("section", {}, this.words.setText(element("h3"), title), ...children);
  }

  createCustomer({ session, claims }) {
    const { words } = this;
    const { customer, shop, profile, language, id } = session;
    const rows = [
      ["customer", writeCustomer(words, session)],
      ["subject", customer.is_anonymous ? null : customer.subject],
      ["session-title", session.title],
      ["shop", shop],
      ["profile", profile],
      ["spoken", words.text(`language-${language}`)],
    ];
    const facts = rows.filter(([, value]) => value).flatMap(([key, value]) => this.createRow(words.text(key), value));
    const number = element("dd", { class: "session-id" }, element("code", {}, id), createCopyButton(words, "copy", () => id));
    const list = element("dl", {}, ...facts, words.setText(element("dt"), "session-id"), number);
    return this.createSection("about", list, ...this.createClaims(customer, claims));
  }

  /** What the shop has signed is set apart: all else is what the customer says. */
  createClaims(customer, claims) {
    const { words } = this;
    const verified = Object.entries(claims);
    if (customer.is_anonymous) return [words.setText(element("p", { class: "hint" }), "anonymous")];
    if (customer.subject === null) return [words.setText(element("p", { class: "hint" }), "no-identity")];
    const rows = verified.flatMap(([name, value]) => this.createRow(showValue(name), value));
    const badge = createBadge(words, "verified", "is-good");
    return [element("div", { class: "claims" }, badge, rows.length ? element("dl", {}, ...rows) : words.setText(element("p", { class: "hint" }), "no-claims"))];
  }

  createRow(name, value) {
    return [element("dt", { dir: "auto" }, name), element("dd", { dir: "auto" }, showValue(value))];
  }

  createSummary({ summary, session }) {
    if (!summary && session.state !== "waiting" && session.state !== "person") return null;
    const text = summary ? element("p", { class: "summary", dir: "auto" }, summary) : this.words.setText(element("p", { class: "hint" }), summary === null ? "summary-wait" : "no-summary");
    return this.createSection("summary", text);
  }

  createActions({ actions }) {
    if (!actions.length) return null;
    return this.createSection("calls", element("ul", { class: "calls" }, ...actions.map((action) => this.createAction(action))));
  }

  createAction({ tool, arguments: given, state, created_at: created, ended_at: ended, result }) {
    const { words } = this;
    const head = element("div", { class: "call-head" }, element("code", {}, showValue(tool)), createBadge(words, `call-${state}`, `is-${state}`));
    const rows = Object.entries(given).flatMap(([name, value]) => this.createRow(showValue(name), value));
    const outcome = result === null ? [] : this.createRow(words.text("call-result"), result);
    const unknown = state === "unknown" ? words.setText(element("p", { class: "hint" }), "call-unknown-hint") : null;
    return element("li", {}, head, element("dl", {}, ...rows, ...outcome), unknown, createTime(words, ended ?? created));
  }

  createEvents({ events, session }) {
    const { words } = this;
    const items = events.map((event) => {
      const text = words.setText(element("span", { dir: "auto" }), nameChange(event), { by: writeMaker(words, event.by, session) });
      return element("li", {}, text, createTime(words, event.at_s));
    });
    return items.length ? this.createSection("history", element("ol", { class: "history" }, ...items)) : null;
  }
}
