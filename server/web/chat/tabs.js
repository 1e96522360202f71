/** What this tab tells the browser's other tabs of this page, and what they tell it: which session has changed, and how. */

const NAME = "sessions";

export class Tabs {
  /** `listener(change)` is called with `{ kind, id }` of a change in another tab: `kind` is "turn", "title", "documents" or "removed". */
  constructor(listener) {
    this.channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(NAME);
    this.channel?.addEventListener("message", ({ data }) => listener(data));
    if (this.channel === null) addEventListener("storage", ({ key, newValue }) => key === NAME && newValue && listener(JSON.parse(newValue)));
  }

  tell(kind, id) {
    if (this.channel) this.channel.postMessage({ kind, id });
    else tellByStorage({ kind, id });
  }
}

/** Storage events reach the other tabs only where the value changes. */
function tellByStorage(change) {
  try {
    localStorage.setItem(NAME, JSON.stringify({ ...change, time: Date.now() }));
    localStorage.removeItem(NAME);
  } catch {
    // without storage the other tabs are not told
  }
}
