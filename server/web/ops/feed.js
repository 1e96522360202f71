/** The metrics in columns by name: the last half hour at first, then a new value every few seconds. */

const SHOWN_MS = 2000;
const HIDDEN_MS = 30000;
const WINDOW_S = 30 * 60;

export class Feed {
  /** `show()` is called after each reading, `fail(error)` after each that failed. */
  constructor({ api }, { show, fail }) {
    this.api = api;
    this.calls = { show, fail };
    this.isPaused = false;
    this.times = [];
    this.columns = {};
    this.state = null;
    this.turn = 0;
    document.addEventListener("visibilitychange", () => document.hidden || this.isPaused || !this.state || this.begin());
  }

  /** Load the history and the current state, at the start and after a pause. */
  async begin() {
    await this.read(async () => {
      const history = await this.api.json("/ops/history");
      this.times = history.times_s;
      this.columns = history.columns;
      return this.api.json("/ops/state");
    });
  }

  async refresh() {
    await this.read(() => this.api.json("/ops/state"));
  }

  pause(isPaused) {
    this.isPaused = isPaused;
    if (isPaused) clearTimeout(this.timer);
    else this.begin();
  }

  /** Read, and plan the next reading. Of overlapping readings only the latest counts. A refused key is not tried again. */
  async read(action) {
    clearTimeout(this.timer);
    const turn = ++this.turn;
    try {
      const state = await action();
      if (turn !== this.turn) return;
      this.state = state;
      this.add(state.time_s, state.values);
      this.calls.show();
    } catch (error) {
      if (turn !== this.turn) return;
      this.calls.fail(error);
      if (error.status === 401 || error.status === 403) return;
    }
    if (!this.isPaused) this.timer = setTimeout(() => this.refresh(), document.hidden ? HIDDEN_MS : SHOWN_MS);
  }

  add(time, values) {
    const count = this.times.push(time);
    for (const [name, value] of Object.entries(values)) {
      this.columns[name] ??= Array(count - 1).fill(null);
      this.columns[name].push(value);
    }
    const old = this.times.findIndex((one) => one > time - WINDOW_S);
    this.times.splice(0, old);
    for (const column of Object.values(this.columns)) {
      if (column.length < count) column.push(null);
      column.splice(0, old);
    }
  }
}
