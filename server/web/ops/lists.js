/** The tables under the charts: errors, moderation, requests, keys, profiles, word lists and files. */

import { element } from "/web/frame/dom.js";
import { NOTHING, formatValue, formatTime } from "./formats.js";
import { Table } from "./table.js";

export class Lists {
  constructor(words) {
    this.words = words;
    const time = (key = "time_s") => (row) => element("time", { datetime: new Date(row[key] * 1000).toISOString() }, formatTime(words, row[key]));
    const code = (key) => (row) => (row[key] ? element("code", {}, row[key]) : NOTHING);
    const plain = (key) => (row) => row[key] ?? NOTHING;
    const count = (key) => (row) => formatValue(words, "count", row[key]);
    const named = (prefix, key) => (row) => words.text(`${prefix}${row[key]}`);
    const title = (row) => `${row.title[words.language]} (${row.name})`;
    const route = ({ method, route }) => element("code", {}, `${method} ${route}`);

    this.failures = new Table(words, { title: "failures", hint: "failures-hint", empty: "no-failures", columns: {
      "time": time(), "id": code("id"), "status": plain("status"), "route": route, "cause": plain("cause"), "key-name": plain("key"),
    } });
    this.moderation = new Table(words, { title: "moderation", hint: "moderation-hint", empty: "no-hits", columns: {
      "time": time(), "category": plain("category"), "action": named("action-", "action"), "side": named("side-", "where"), "rule": plain("rule"), "id": code("id"),
    } });
    this.requests = new Table(words, { title: "requests", empty: "no-requests", columns: {
      "route": code("route"), "per-second": (row) => formatValue(words, "rate", row.rate), ...this.createStatusColumns(count),
    } });
    this.keys = new Table(words, { title: "keys", hint: "keys-hint", empty: "no-keys", columns: {
      "key-name": plain("name"), "owner": plain("owner"), "role": named("role-", "role"), "num-requests": count("num_requests"),
      "tokens-today": (row) => this.formatLimited(row.tokens_today, row.tokens_per_day), "tokens-per-minute": count("tokens_per_minute"), "open": (row) => this.formatLimited(row.num_open, row.max_streams),
    } });
    this.profiles = new Table(words, { title: "profiles", empty: "none", columns: {
      "profile": title, "language-of": (row) => words.text(`language-${row.language ?? "any"}`), "stages": (row) => this.formatStages(row), "tools": ({ tools }) => tools.join(", ") || NOTHING, "file": code("file"),
    } });
    this.lists = new Table(words, { title: "word-lists", empty: "none", columns: {
      "category": title, "action": named("action-", "action"), "num-words": count("num_words"),
    } });
    this.files = new Table(words, { title: "files", hint: "files-hint", empty: "none", columns: {
      "kind": named("kind-", "kind"), "loaded": time("loaded_s"), "refused": (row) => this.formatRefused(row), "file": code("path"),
    } });
    const column = (...tables) => element("div", { class: "lists" }, ...tables.map((table) => table.root));
    const left = column(this.moderation, this.keys, this.lists);
    const right = column(this.requests, this.profiles);
    this.root = element("div", { class: "lists" }, this.failures.root, element("div", { class: "columns" }, left, right), this.files.root);
  }

  show(state) {
    this.failures.show(state.failures);
    this.moderation.show(state.moderation);
    this.requests.show(groupByRoute(state));
    this.keys.show(state.keys ?? [], state.keys ? "no-keys" : "keys-off");
    this.profiles.show(state.profiles);
    this.lists.show(state.word_lists);
    this.files.show(state.files);
  }

  createStatusColumns(count) {
    return Object.fromEntries(["2xx", "3xx", "4xx", "5xx", "none"].map((name) => [`line-${name}`, count(name)]));
  }

  formatLimited(count, most) {
    const [shown, limit] = [count, most].map((value) => formatValue(this.words, "count", value));
    return most === null ? shown : this.words.text("of", { count: shown, limit });
  }

  formatStages({ stages }) {
    return stages.map((name) => this.words.text(`stage-${name}`)).join(", ") || NOTHING;
  }

  formatRefused({ refused }) {
    return refused ? element("span", { class: "is-bad" }, refused) : this.words.text("as-it-is");
  }
}

/** Return a row for each route, over all methods, with counts by class of status. */
function groupByRoute({ requests, values }) {
  const rows = new Map();
  for (const { route, status, count } of requests) {
    const row = rows.get(route) ?? { route, "2xx": 0, "3xx": 0, "4xx": 0, "5xx": 0, none: 0, rate: values[`route:${route}`] ?? null };
    row[status === "none" ? status : `${status[0]}xx`] += count;
    rows.set(route, row);
  }
  return [...rows.values()];
}
