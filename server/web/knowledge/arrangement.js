/** The places of a drawing's nodes. */

const FIRST_RING = 120;
const RING = 100;
const ARC = 100;
/** The room between neighbours on a ring, for their names. All are in pixels. */

const MAX_ON_ONE_RING = 24;
const NARROW = 0.8;
const WIDE = 1.7;
const TOP = -Math.PI / 2;

/**
 * Return the place of each node by key: the entity in the middle, and around it rings of what is one and two relations
 * away, each node beside what it was reached by. The rings are `aspect` times as wide as they are high. The time grows
 * with the number of nodes and relations alone, and the places are the same each time.
 */
export function arrange(centre, nodes, edges, aspect = 1) {
  const parents = findParents(centre, edges);
  const others = nodes.filter(({ key }) => key !== centre).map(({ key }) => key);
  const inner = others.filter((key) => parents.get(key) === centre);
  const outer = others.filter((key) => parents.get(key) !== centre);
  const polar = new Map([[centre, { radius: 0, angle: TOP }]]);
  const radius = placeAround(inner, 0, polar);
  placeBeside(outer, radius, parents, polar);
  const width = Math.min(Math.max(aspect, NARROW), WIDE);
  return new Map([...polar].map(([key, place]) => [key, { x: width * place.radius * Math.cos(place.angle), y: place.radius * Math.sin(place.angle) }]));
}

/** Return the node by which each was reached first from the centre. */
function findParents(centre, edges) {
  const near = new Map(edges.flatMap(({ from, to }) => [[from, []], [to, []]]));
  for (const { from, to } of edges) {
    near.get(from).push(to);
    near.get(to).push(from);
  }
  const parents = new Map([[centre, null]]);
  for (const node of parents.keys()) {
    for (const next of near.get(node) ?? []) if (!parents.has(next)) parents.set(next, node);
  }
  return parents;
}

/**
 * Place nodes evenly on rings outside of `radius`, and return that of the last one. Few have one ring together; of more,
 * each second ring is turned, so that fewer lines lie on each other.
 */
function placeAround(keys, radius, polar) {
  const isOneRing = keys.length <= MAX_ON_ONE_RING;
  let turn = 0;
  for (let begin = 0; begin < keys.length; turn = 0.5 - turn) {
    const next = radius === 0 ? FIRST_RING : radius + RING;
    radius = isOneRing ? Math.max(next, (keys.length * ARC) / (2 * Math.PI)) : next;
    const ring = keys.slice(begin, isOneRing ? keys.length : begin + countRoom(radius));
    for (const [index, key] of ring.entries()) polar.set(key, { radius, angle: TOP + (2 * Math.PI * (index + turn)) / ring.length });
    begin += ring.length;
  }
  return radius;
}

/** Place nodes outside of `radius`, each as near as there is room to the direction of what it was reached by. */
function placeBeside(keys, radius, parents, polar) {
  const direction = (key) => polar.get(parents.get(key))?.angle ?? TOP;
  const sorted = keys.toSorted((a, b) => direction(a) - direction(b));
  const ring = radius + RING;
  if (keys.length > countRoom(ring) / 2) {
    placeAround(sorted, radius, polar);
    return;
  }
  const gap = ARC / ring;
  let angle = -Infinity;
  for (const key of sorted) {
    const siblings = sorted.filter((other) => parents.get(other) === parents.get(key));
    angle = Math.max(angle + gap, direction(key) - ((siblings.length - 1) * gap) / 2);
    polar.set(key, { radius: ring, angle });
  }
}

function countRoom(radius) {
  return Math.floor((2 * Math.PI * radius) / ARC);
}
