/** Messages and parts dragged by their handles, and pictures dropped from outside. Buttons do the same without a mouse. */

/** Of what is dragged; the browser shows nobody else's data while something is over the page. */
const KIND = "application/x-playground";

export class Dragging {
  /** `move(from, to)` gets places before and after; `give(files, message)` what was dropped on a message. */
  constructor(root, { move, give }) {
    this.root = root;
    this.actions = { move, give };
    this.from = null;
    root.addEventListener("dragstart", (event) => this.start(event));
    root.addEventListener("dragend", () => this.end());
    root.addEventListener("dragover", (event) => this.over(event));
    root.addEventListener("dragleave", (event) => root.contains(event.relatedTarget) || this.mark(null));
    root.addEventListener("drop", (event) => this.drop(event));
  }

  start(event) {
    const item = event.target.closest?.(".grip")?.closest("[data-place]");
    if (!item) return;
    this.from = item;
    event.dataTransfer.setData(KIND, item.dataset.place);
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setDragImage(item, 12, 12);
    item.classList.add("is-dragged");
  }

  end() {
    this.from?.classList.remove("is-dragged");
    this.from = null;
    this.mark(null);
  }

  over(event) {
    const target = this.from ? this.neighbour(event) : event.target.closest("[data-message]");
    if (!target) return;
    event.preventDefault();
    this.mark(target, this.from ? isAfter(event, target) : null);
  }

  /** What is under the pointer and of the same kind: a part goes between parts, a message between messages. */
  neighbour(event) {
    const isPart = this.from.matches(".part");
    return event.target.closest(isPart ? ".part, .part-end" : ".message");
  }

  mark(target, isAfterIt) {
    this.marked?.classList.remove("drop-before", "drop-after", "drop-into");
    this.marked = target;
    target?.classList.add(isAfterIt === null ? "drop-into" : isAfterIt ? "drop-after" : "drop-before");
  }

  drop(event) {
    const files = [...event.dataTransfer.files];
    const { from } = this;
    const target = from ? this.neighbour(event) : event.target.closest("[data-message]");
    this.end();
    if (!target) return;
    event.preventDefault();
    if (from) this.actions.move(placeOf(from), aim(placeOf(from), placeOf(target), isAfter(event, target)));
    else if (files.length) this.actions.give(files, Number(target.dataset.message));
  }
}

function isAfter(event, target) {
  if (target.matches(".part-end")) return false;
  const { top, height } = target.getBoundingClientRect();
  return event.clientY > top + height / 2;
}

/** `[message]` of a message, `[message, part]` of a part. */
function placeOf(item) {
  return item.dataset.place.split(".").map(Number);
}

/** Where it goes, counted without what is taken away. */
function aim(from, target, isAfterIt) {
  const to = [...target];
  const last = to.length - 1;
  to[last] += isAfterIt ? 1 : 0;
  const isSameList = last === 0 || from[0] === to[0];
  if (isSameList && from[last] < to[last]) to[last] -= 1;
  return to;
}
