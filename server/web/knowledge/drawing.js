/** The drawing of what is around an entity. What it shows stands in the table beside it too, for those who cannot see it. */

import { element, iconButton } from "/web/frame/dom.js";
import { arrange } from "./arrangement.js";
import { colourClass, createSigned, findShape } from "./kinds.js";
import { nameCode } from "./sources.js";

const LIBRARY = "/web/vendor/cytoscape/cytoscape.esm.min.mjs";
const MAX_NAMED_EDGES = 40;
/** More names of relations than that cannot be read. */
const MAX_LABEL = 40;
const ZOOM_STEP = 1.3;
const MAX_ZOOM = 3;
const MAX_FIT = 1.2;

export class Drawing {
  /** `chosen(key)` is called when an entity is clicked. */
  constructor(words, { chosen }) {
    Object.assign(this, { words, actions: { chosen }, graph: null, cytoscape: null, drawn: null });
    this.canvas = element("div", { class: "drawing", role: "img" });
    this.legend = element("ul", { class: "legend" });
    this.failed = words.setText(element("p", { class: "hint", hidden: true }), "no-drawing");
    const button = (name, key, click) => iconButton(words, name, key, click);
    const zoom = (factor) => () => this.zoom(factor);
    const buttons = element("div", { class: "drawing-buttons" },
      button("plus", "zoom-in", zoom(ZOOM_STEP)), button("minus", "zoom-out", zoom(1 / ZOOM_STEP)), button("fit", "zoom-fit", () => this.fit()));
    this.root = element("figure", { class: "drawing-frame" }, element("div", { class: "drawing-place" }, this.canvas, buttons), this.failed, this.legend);
    new MutationObserver(() => this.drawn && this.paint()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  /** Draw an entity with what is around it. The library is loaded with the first drawing. */
  async show(graph) {
    this.graph = graph;
    this.canvas.setAttribute("aria-label", this.describe(graph));
    this.legend.replaceChildren(...this.createLegend(graph));
    try {
      this.cytoscape ??= (await import(LIBRARY)).default;
    } catch {
      this.failed.hidden = false;
      this.canvas.parentElement.hidden = true;
      return;
    }
    if (graph === this.graph) this.draw();
  }

  describe({ entity, nodes, edges }) {
    return this.words.text("drawing-of", { name: entity.name, nodes: nodes.length - 1, edges: edges.length });
  }

  createLegend({ nodes }) {
    const kinds = [...new Set(nodes.map(({ kind }) => kind))];
    return kinds.map((kind) => element("li", {}, createSigned(kind, nameCode(this.words, "kind-", kind))));
  }

  draw() {
    this.drawn?.destroy();
    this.drawn = this.cytoscape({
      container: this.canvas, elements: this.createElements(), style: this.createStyle(), layout: { name: "preset" },
      maxZoom: MAX_ZOOM, minZoom: 0.05, userZoomingEnabled: false, boxSelectionEnabled: false, autounselectify: true,
    });
    this.drawn.on("tap", "node", ({ target }) => this.actions.chosen(target.data("key")));
    this.drawn.on("mouseover", "node", ({ target }) => this.point(target.data("name")));
    this.drawn.on("mouseout", "node", () => this.point(""));
    this.fit();
  }

  /** Show the whole name of what the pointer is on; none for an empty one. */
  point(name) {
    this.canvas.classList.toggle("is-over", name !== "");
    this.canvas.title = name;
  }

  /** Ids are numbers of this drawing, as the keys of entities are texts of documents. */
  createElements() {
    const { entity, nodes, edges } = this.graph;
    const ids = new Map(nodes.map(({ key }, index) => [key, `n${index}`]));
    const { clientWidth, clientHeight } = this.canvas;
    const places = arrange(entity.key, nodes, edges, clientWidth / clientHeight);
    const shownNodes = nodes.map(({ key, kind, name }) => ({
      data: { id: ids.get(key), key, name, label: shorten(name), shape: findShape(kind).shape, colour: colourClass(kind) },
      position: places.get(key), classes: key === entity.key ? "centre" : "",
    }));
    const known = mergeEdges(edges).filter((edge) => ids.has(edge.from) && ids.has(edge.to));
    const isNamed = known.length <= MAX_NAMED_EDGES;
    const shownEdges = known.map((edge, index) => ({
      data: { id: `e${index}`, source: ids.get(edge.from), target: ids.get(edge.to), label: isNamed ? nameCode(this.words, "relation-", edge.kind) : "" },
    }));
    return [...shownNodes, ...shownEdges];
  }

  paint() {
    this.drawn.style(this.createStyle());
  }

  /** The colours are those of the page's theme. */
  createStyle() {
    const style = getComputedStyle(this.canvas);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const label = { "label": "data(label)", "color": colour("text"), "font-family": style.fontFamily, "text-outline-width": 2, "text-outline-color": colour("back") };
    return [
      { selector: "node", style: {
        ...label, "shape": "data(shape)", "background-color": (node) => colour(node.data("colour")), "width": 26, "height": 26, "font-size": 12,
        "text-valign": "bottom", "text-margin-y": 4, "text-wrap": "wrap", "text-max-width": 110, "min-zoomed-font-size": 6,
      } },
      { selector: ".centre", style: { "width": 38, "height": 38, "font-size": 14, "font-weight": 600, "border-width": 3, "border-color": colour("text"), "min-zoomed-font-size": 0 } },
      { selector: "edge", style: {
        ...label, "color": colour("faint"), "font-size": 10, "width": 1.5, "line-color": colour("field"), "target-arrow-color": colour("field"),
        "target-arrow-shape": "triangle", "arrow-scale": 0.9, "curve-style": "bezier", "text-rotation": "autorotate", "min-zoomed-font-size": 6,
      } },
    ];
  }

  zoom(factor) {
    const { drawn } = this;
    drawn?.zoom({ level: drawn.zoom() * factor, renderedPosition: { x: drawn.width() / 2, y: drawn.height() / 2 } });
  }

  fit() {
    if (!this.drawn) return;
    this.drawn.resize();
    this.drawn.fit(undefined, 30);
    if (this.drawn.zoom() <= MAX_FIT) return;
    this.drawn.zoom(MAX_FIT);
    this.drawn.center();
  }
}

/** Return each relation once: more than one document may say it. */
function mergeEdges(edges) {
  return [...new Map(edges.map((edge) => [JSON.stringify([edge.from, edge.kind, edge.to]), edge])).values()];
}

function shorten(name) {
  const signs = [...name];
  return signs.length > MAX_LABEL ? `${signs.slice(0, MAX_LABEL - 1).join("")}…` : name;
}
