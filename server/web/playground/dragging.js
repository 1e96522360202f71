/** Dragging of messages and parts by their handles, and dropping of picture files. Buttons do the same without a mouse. */

/** The type of the data that is dragged. */
const KIND = "application/x-playground";

export class Dragging {
  /** `move(from, to)` is called with two places, `give(files, message)` with files that were dropped on a message. */
  constructor(root, { move, give }) {
    this.root = root;
    this.actions = { move, give };
    this.from = null;
    root.addEventListener("dragstart", (event) => this.start(event));
    root.addEventListener("dragend", () => this.end());
    root.addEventListener("dragover", (event) => this.dragOver(event));
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

  dragOver(event) {
    const target = this.findTarget(event);
    if (!target) return;
    event.preventDefault();
    this.mark(target, this.from ? isAfter(event, target) : null);
  }

  /**
   * Return the item under the pointer that takes what is dragged: parts go between parts, messages between messages, and
   * files into messages. Text is the browser's.
   */
  findTarget(event) {
    if (!this.from) return event.dataTransfer.types.includes("Files") ? event.target.closest("[data-message]") : null;
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
    const target = this.findTarget(event);
    this.end();
    if (!target) return;
    event.preventDefault();
    if (from) this.actions.move(getPlace(from), computeTarget(getPlace(from), getPlace(target), isAfter(event, target)));
    else this.actions.give(files, Number(target.dataset.message));
  }
}

function isAfter(event, target) {
  if (target.matches(".part-end")) return false;
  const { top, height } = target.getBoundingClientRect();
  return event.clientY > top + height / 2;
}

/** Return the place of an item: `[message]` of a message, `[message, part]` of a part. */
function getPlace(item) {
  return item.dataset.place.split(".").map(Number);
}

/** Return the place to move to, counted without the item that is moved. */
function computeTarget(from, target, isAfterIt) {
  const to = [...target];
  const last = to.length - 1;
  to[last] += isAfterIt ? 1 : 0;
  const isSameList = last === 0 || from[0] === to[0];
  if (isSameList && from[last] < to[last]) to[last] -= 1;
  return to;
}
