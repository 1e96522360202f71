/** How the kinds of entities are drawn: each has a shape of its own, so that nobody needs to tell colours apart. */

import { element } from "/web/frame/dom.js";

const SVG = "http://www.w3.org/2000/svg";

/** The shapes by kind, by their names in Cytoscape.js, with the same as an SVG path on a grid of 20 by 20. */
export const SHAPES = {
  product: { shape: "round-rectangle", path: "M4 3h12a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z" },
  variant: { shape: "ellipse", path: "M10 2a8 8 0 1 1 0 16a8 8 0 1 1 0-16z" },
  category: { shape: "hexagon", path: "M5 3h10l4 7-4 7H5l-4-7z" },
  fault: { shape: "triangle", path: "M10 2l9 16H1z" },
  cause: { shape: "diamond", path: "M10 1l9 9-9 9-9-9z" },
  remedy: { shape: "pentagon", path: "M10 1l9 7-3.5 11h-11L1 8z" },
};
const OTHER = { shape: "octagon", path: "M6 1h8l5 5v8l-5 5H6l-5-5V6z" };

export const KINDS = Object.keys(SHAPES);

export function findShape(kind) {
  return Object.hasOwn(SHAPES, kind) ? SHAPES[kind] : OTHER;
}

/** Return the class that gives a kind its colour. */
export function colourClass(kind) {
  return Object.hasOwn(SHAPES, kind) ? `kind-${kind}` : "kind-other";
}

/** Return the small sign of a kind. It is for the eye alone: its name stands beside it. */
export function createSign(kind) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ class: `sign ${colourClass(kind)}`, viewBox: "0 0 20 20", "aria-hidden": "true" })) svg.setAttribute(key, value);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", findShape(kind).path);
  svg.append(path);
  return svg;
}

/** Return a name with the sign of its kind before it. */
export function createSigned(kind, text) {
  return element("span", { class: "signed" }, createSign(kind), element("span", { dir: "auto" }, text));
}
