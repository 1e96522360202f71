/** One chart of lines over time, drawn as SVG. What it shows now is beside it as text. */

import { element } from "/web/frame/dom.js";
import { clock, shown, when } from "./formats.js";
import { linear, ticks, timeTicks } from "./scale.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 150;
const EDGE = { top: 8, right: 10, bottom: 22, left: 54 };
const NUM_TICKS = 4;
const TIME_WIDTH = 64;
const MIN_SPAN_S = 60;
/** Between readings further apart nothing is known. */
const MAX_GAP_S = 75;

export class Chart {
  /** `most` is where its axis ends at least; `lines` are drawn in the order of their `look`s. */
  constructor(words, { title, unit, most = 0 }) {
    Object.assign(this, { words, unit, most, pointed: null });
    this.heading = words.say(element("h3"), title);
    this.time = element("span", { class: "chart-time" });
    this.svg = drawn("svg", { class: "chart-lines", role: "img", height: HEIGHT });
    this.legend = element("ul", { class: "legend" });
    const caption = element("figcaption", {}, this.heading, this.time);
    this.root = element("figure", { class: "chart" }, caption, this.svg, this.legend);
    this.svg.addEventListener("pointermove", (event) => this.point(event.offsetX));
    this.svg.addEventListener("pointerleave", () => this.point(null));
    new ResizeObserver(() => this.times && this.draw()).observe(this.svg);
  }

  /** `lines` have a `name` to read, a `look` and `values`, one for each of `times`. */
  show(times, lines) {
    Object.assign(this, { times, lines });
    this.draw();
  }

  point(place) {
    this.pointed = place;
    this.draw();
  }

  draw() {
    const width = this.svg.clientWidth;
    const { times, lines } = this;
    const last = times.at(-1);
    const first = Math.min(times[0], last - MIN_SPAN_S);
    const x = linear([first, last], [EDGE.left, width - EDGE.right]);
    const highest = lines.reduce((most, { values }) => values.reduce((a, b) => Math.max(a, b ?? 0), most), this.most);
    const marks = ticks(highest, NUM_TICKS, this.unit === "bytes");
    const y = linear([0, marks.at(-1)], [HEIGHT - EDGE.bottom, EDGE.top]);
    const index = this.pointed === null ? times.length - 1 : nearest(times.map(x), this.pointed);
    const moments = timeTicks(first, last, Math.floor((width - EDGE.left) / TIME_WIDTH)).filter((time) => x(time) < width - TIME_WIDTH / 2);
    const hasSeconds = moments.some((time) => time % 60);
    const cursor = this.pointed === null ? [] : [line("cursor", x(times[index]), EDGE.top, x(times[index]), y(0))];
    this.svg.replaceChildren(
      ...marks.flatMap((value) => this.mark(value, y(value), width)),
      ...moments.map((time) => label(x(time), HEIGHT - 4, "middle", clock(this.words, time, hasSeconds))),
      ...lines.map(({ look, values }) => drawn("path", { class: `line ${look}`, d: path(times, values, x, y) })),
      ...cursor,
    );
    this.tell(index);
  }

  mark(value, place, width) {
    const text = shown(this.words, this.unit, value);
    return [line("grid", EDGE.left, place, width - EDGE.right, place), label(EDGE.left - 6, place + 4, "end", text)];
  }

  /** The values of one moment, as text. */
  tell(index) {
    const { words, lines } = this;
    const texts = lines.map(({ values }) => shown(words, this.unit, values[index]));
    const items = lines.map(({ name, look }, place) => {
      const value = element("span", { class: "legend-value" }, texts[place]);
      return element("li", {}, element("span", { class: `swatch ${look}` }), element("span", {}, name), value);
    });
    this.legend.replaceChildren(...items);
    this.time.textContent = this.pointed === null ? "" : when(words, this.times[index]);
    const told = lines.map(({ name }, place) => `${name} ${texts[place]}`).join(", ");
    this.svg.setAttribute("aria-label", `${this.heading.textContent}: ${told}`);
  }
}

function drawn(name, attributes, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

function line(look, x1, y1, x2, y2) {
  return drawn("line", { class: look, x1, y1, x2, y2 });
}

function label(x, y, anchor, text) {
  return drawn("text", { class: "tick", x, y, "text-anchor": anchor }, text);
}

/** With a gap where nothing is known; a value that stands alone is a dot. */
function path(times, values, x, y) {
  let told = "";
  values.forEach((value, index) => {
    if (value === null) return;
    const isJoined = index > 0 && values[index - 1] !== null && times[index] - times[index - 1] < MAX_GAP_S;
    const place = `${x(times[index]).toFixed(1)} ${y(value).toFixed(1)}`;
    told += isJoined ? `L${place}` : `M${place}h0`;
  });
  return told;
}

function nearest(places, wanted) {
  return places.reduce((best, place, index) => (Math.abs(place - wanted) < Math.abs(places[best] - wanted) ? index : best), 0);
}
