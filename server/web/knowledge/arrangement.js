/** The places of a drawing's nodes. */

const FIRST_RING = 150;
const RING = 130;
const ARC = 118;
/** The room between neighbours on a ring, for their names. All are in pixels. */

/**
 * Return the place of each node by key: the entity in the middle, and around it rings of what is one and two relations
 * away. Neighbours of the same node lie beside each other. It takes no longer for more nodes, and is the same each time.
 */
export function arrange(centre, nodes, edges) {
  const places = new Map([[centre, { x: 0, y: 0 }]]);
  const angles = new Map([[centre, 0]]);
  const parents = findParents(centre, edges);
  const first = nodes.filter(({ key }) => key !== centre && parents.get(key) === centre);
  const rest = nodes.filter(({ key }) => key !== centre && parents.get(key) !== centre);
  const radius = placeAround(first, 0, places, angles);
  const byParent = (node) => angles.get(parents.get(node.key)) ?? 0;
  placeAround([...rest].sort((a, b) => byParent(a) - byParent(b)), radius, places, angles);
  return places;
}

/** Return the node by which each was reached first from the centre. */
function findParents(centre, edges) {
  const parents = new Map([[centre, null]]);
  for (let ring = [centre]; ring.length; ) {
    const inner = new Set(ring);
    ring = [];
    for (const { from, to } of edges) {
      for (const [near, far] of [[from, to], [to, from]]) {
        if (!inner.has(near) || parents.has(far)) continue;
        parents.set(far, near);
        ring.push(far);
      }
    }
  }
  return parents;
}

/** Place nodes on as many rings as they need outside of `inner`, and return the radius of the last one. */
function placeAround(nodes, inner, places, angles) {
  let radius = inner;
  for (let begin = 0; begin < nodes.length; ) {
    radius = radius === 0 ? FIRST_RING : radius + RING;
    const room = Math.floor((2 * Math.PI * radius) / ARC);
    const ring = nodes.slice(begin, begin + room);
    ring.forEach(({ key }, index) => {
      const angle = (2 * Math.PI * index) / ring.length - Math.PI / 2;
      angles.set(key, angle);
      places.set(key, { x: radius * Math.cos(angle), y: radius * Math.sin(angle) });
    });
    begin += room;
  }
  return radius;
}
