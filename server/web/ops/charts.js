/** All charts, and the columns that each shows. */

import { element } from "/web/frame/dom.js";
import { Chart } from "./chart.js";

const NUM_ROUTES = 5;
const PERCENTILES = ["p50", "p90", "p99"];
const LOOKS = ["look-0", "look-1", "look-2", "look-3", "look-4"];

/** `columns` are names; those that match `rare` are left out while all their values are 0 or missing. */
const CHARTS = [
  { title: "chart-status", unit: "rate", columns: ["2xx", "3xx", "4xx", "5xx", "none"].map((one) => `requests:${one}`), looks: ["look-good", "look-4", "look-1", "look-danger", "look-3"], rare: /3xx|none/ },
  { title: "chart-routes", unit: "rate", prefix: "route:" },
  { title: "chart-queue", unit: "count", columns: ["requests_waiting", "requests_running", "sequences_running"], most: 1 },
  { title: "chart-tokens", unit: "rate", columns: ["generated_tokens", "prompt_tokens"] },
  { title: "chart-first-token", unit: "seconds", columns: PERCENTILES.map((one) => `first_token:${one}`) },
  { title: "chart-answer", unit: "seconds", columns: PERCENTILES.map((one) => `answer:${one}`) },
  { title: "chart-kv", unit: "share", columns: ["kv_cache_used", "kv_cache_retained"], most: 1 },
  { title: "chart-hits", unit: "share", columns: ["prefix_hits", "image_hits", "answer_hits"], most: 1 },
  { title: "chart-memory", unit: "bytes", columns: ["process_memory_bytes", "image_cache_bytes", "gpu_memory_used_bytes", "gpu_memory_reserved_bytes", "gpu_memory_bytes"], rare: /^gpu_/ },
];

export class Charts {
  constructor(words) {
    this.words = words;
    this.charts = CHARTS.map((about) => [about, new Chart(words, about)]);
    const heading = words.setText(element("h2", { class: "unseen" }), "charts");
    this.root = element("section", { class: "charts" }, heading, ...this.charts.map(([, chart]) => chart.root));
  }

  show({ times, columns }) {
    for (const [about, chart] of this.charts) {
      const names = about.prefix ? findBusiest(columns, about.prefix) : about.columns;
      const lines = names.map((name, index) => {
        const look = (about.looks ?? LOOKS)[index];
        return { name: this.nameLine(name, about.prefix), look, values: columns[name] ?? times.map(() => null) };
      });
      chart.show(times, lines.filter(({ values }, index) => !about.rare?.test(names[index]) || values.some(Boolean)));
    }
  }

  /** Return the name of a line. Routes and percentiles are not translated. */
  nameLine(column, prefix) {
    if (prefix) return column.slice(prefix.length);
    const [, percentile] = column.split(":");
    return PERCENTILES.includes(percentile) ? percentile : this.words.text(`line-${percentile ?? column}`);
  }
}

/** Return the routes with the most requests, sorted by name, so that colours seldom change. */
function findBusiest(columns, prefix) {
  const sum = (name) => columns[name].reduce((total, value) => total + (value ?? 0), 0);
  const names = Object.keys(columns).filter((name) => name.startsWith(prefix));
  return names.sort((a, b) => sum(b) - sum(a)).slice(0, NUM_ROUTES).sort();
}
