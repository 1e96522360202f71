/** The numbers, in columns by name: half an hour at the start, and then what is now, again and again. */

const SHOWN_MS = 2000;
const HIDDEN_MS = 30000;
const WINDOW_S = 30 * 60;

export class Feed {
  /** `show()` is called after each reading, `fail(problem)` when there was none. */
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

  /** From the start, also after a time in which nothing was read. */
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

  /** Of readings that overlap, the one that began last is shown. A key that is refused is not tried again. */
  async read(action) {
    clearTimeout(this.timer);
    const turn = ++this.turn;
    try {
      const state = await action();
      if (turn !== this.turn) return;
      this.state = state;
      this.add(state.time_s, state.values);
      this.calls.show();
    } catch (problem) {
      if (turn !== this.turn) return;
      this.calls.fail(problem);
      if (problem.status === 401 || problem.status === 403) return;
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
