/** What the page shows, in the fragment of its address, so that a reload and a link show the same. */

export const VIEWS = ["documents", "hits", "graph"];

export class Address {
  constructor() {
    const read = new URLSearchParams(location.hash.slice(1));
    this.collection = read.get("collection");
    this.view = VIEWS.includes(read.get("view")) ? read.get("view") : VIEWS[0];
  }

  set({ collection, view }) {
    Object.assign(this, { collection, view });
    const fragment = new URLSearchParams({ collection, view });
    history.replaceState(null, "", collection === null ? location.pathname : `#${fragment}`);
  }
}
