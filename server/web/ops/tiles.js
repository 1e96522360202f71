/** The most important numbers. */

import { element } from "/web/frame/dom.js";
import { NOTHING, formatValue } from "./formats.js";

/** The unit of each tile, and the function that finds its value in the state. */
const TILES = {
  "tile-requests": ["rate", ({ values }) => sumByPrefix(values, "requests:")],
  "tile-running": ["count", ({ values }) => values.requests_running],
  "tile-waiting": ["count", ({ values }) => values.requests_waiting],
  "tile-tokens": ["rate", ({ values }) => values.generated_tokens],
  "tile-first-token": ["seconds", ({ values }) => values["first_token:p50"]],
  "tile-kv": ["share", ({ values }) => values.kv_cache_used],
  "tile-cached": ["count", ({ num_cached_answers: count }) => count],
  "tile-memory": ["bytes", ({ values }) => values.process_memory_bytes],
};

export class Tiles {
  constructor(words) {
    this.words = words;
    this.values = new Map();
    this.root = element("dl", { class: "tiles" }, this.createTile("tile-state"), ...Object.keys(TILES).map((key) => this.createTile(key)));
  }

  createTile(key) {
    const value = element("dd", { id: key }, NOTHING);
    this.values.set(key, value);
    const name = this.words.setText(element("dt", { id: `${key}-name` }), key, { slots: NOTHING });
    return element("div", { class: "tile" }, name, value);
  }

  show({ state }) {
    const { words } = this;
    const health = this.values.get("tile-state");
    health.textContent = words.text(state.problem ? `problem-${state.problem.replace(" ", "-")}` : "well");
    health.classList.toggle("is-bad", Boolean(state.problem));
    words.setText(this.root.querySelector("#tile-kv-name"), "tile-kv", { slots: formatValue(words, "count", state.kv_cache_slots) });
    for (const [key, [unit, read]] of Object.entries(TILES)) {
      this.values.get(key).textContent = formatValue(words, unit, read(state));
    }
  }
}

function sumByPrefix(values, prefix) {
  const found = Object.entries(values).filter(([name, value]) => name.startsWith(prefix) && value !== null);
  return found.length ? found.reduce((sum, [, value]) => sum + value, 0) : null;
}
