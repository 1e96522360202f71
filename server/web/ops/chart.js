/** A chart of lines over time in SVG, with its current values as text beside it. */

import { element } from "/web/frame/dom.js";
import { formatClock, formatValue, formatTime } from "./formats.js";
import { createLinearScale, findTicks, findTimeTicks } from "./scale.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 150;
const EDGE = { top: 8, right: 10, bottom: 22, left: 54 };
const NUM_TICKS = 4;
const TIME_WIDTH = 64;
const MIN_SPAN_S = 60;
/** No line is drawn between readings further apart than this. */
const MAX_GAP_S = 75;

export class Chart {
  /** `most` is the least value at which the axis ends. */
  constructor(words, { title, unit, most = 0 }) {
    Object.assign(this, { words, unit, most, pointed: null });
    this.heading = words.setText(element("h3"), title);
    this.time = element("span", { class: "chart-time" });
    this.svg = createSvg("svg", { class: "chart-lines", role: "img", height: HEIGHT });
    this.legend = element("ul", { class: "legend" });
    const caption = element("figcaption", {}, this.heading, this.time);
    this.root = element("figure", { class: "chart" }, caption, this.svg, this.legend);
    this.svg.addEventListener("pointermove", (event) => this.point(event.offsetX));
    this.svg.addEventListener("pointerleave", () => this.point(null));
    new ResizeObserver(() => this.times && this.draw()).observe(this.svg);
  }

  /** `lines` have a `name`, a `look` (a CSS class) and `values`, one for each of `times`; null where there is none. */
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
    const x = createLinearScale([first, last], [EDGE.left, width - EDGE.right]);
    const highest = lines.reduce((most, { values }) => values.reduce((a, b) => Math.max(a, b ?? 0), most), this.most);
    const marks = findTicks(highest, NUM_TICKS, this.unit === "bytes");
    const y = createLinearScale([0, marks.at(-1)], [HEIGHT - EDGE.bottom, EDGE.top]);
    const index = this.pointed === null ? times.length - 1 : findNearest(times.map(x), this.pointed);
    const moments = findTimeTicks(first, last, Math.floor((width - EDGE.left) / TIME_WIDTH)).filter((time) => x(time) < width - TIME_WIDTH / 2);
    const hasSeconds = moments.some((time) => time % 60);
    const cursor = this.pointed === null ? [] : [createLine("cursor", x(times[index]), EDGE.top, x(times[index]), y(0))];
    this.svg.replaceChildren(
      ...marks.flatMap((value) => this.createMark(value, y(value), width)),
      ...moments.map((time) => createLabel(x(time), HEIGHT - 4, "middle", formatClock(this.words, time, hasSeconds))),
      ...lines.map(({ look, values }) => createSvg("path", { class: `line ${look}`, d: buildPath(times, values, x, y) })),
      ...cursor,
    );
    this.showValues(index);
  }

  createMark(value, place, width) {
    const text = formatValue(this.words, this.unit, value);
    return [createLine("grid", EDGE.left, place, width - EDGE.right, place), createLabel(EDGE.left - 6, place + 4, "end", text)];
  }

  /** Write the values at one time into the legend and the label. */
  showValues(index) {
    const { words, lines } = this;
    const texts = lines.map(({ values }) => formatValue(words, this.unit, values[index]));
    const items = lines.map(({ name, look }, place) => {
      const value = element("span", { class: "legend-value" }, texts[place]);
      return element("li", {}, element("span", { class: `swatch ${look}` }), element("span", {}, name), value);
    });
    this.legend.replaceChildren(...items);
    this.time.textContent = this.pointed === null ? "" : formatTime(words, this.times[index]);
    const values = lines.map(({ name }, place) => `${name} ${texts[place]}`).join(", ");
    this.svg.setAttribute("aria-label", `${this.heading.textContent}: ${values}`);
  }
}

function createSvg(name, attributes, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

function createLine(look, x1, y1, x2, y2) {
  return createSvg("line", { class: look, x1, y1, x2, y2 });
}

function createLabel(x, y, anchor, text) {
  return createSvg("text", { class: "tick", x, y, "text-anchor": anchor }, text);
}

/** Build the path of a line, with gaps where values are missing; a single value is a dot. */
function buildPath(times, values, x, y) {
  let path = "";
  values.forEach((value, index) => {
    if (value === null) return;
    const isJoined = index > 0 && values[index - 1] !== null && times[index] - times[index - 1] < MAX_GAP_S;
    const place = `${x(times[index]).toFixed(1)} ${y(value).toFixed(1)}`;
    path += isJoined ? `L${place}` : `M${place}h0`;
  });
  return path;
}

function findNearest(places, wanted) {
  return places.reduce((best, place, index) => (Math.abs(place - wanted) < Math.abs(places[best] - wanted) ? index : best), 0);
}
