/** A picture with the views of the model drawn over it, each at the place it shows. */

import { element } from "/web/frame/dom.js";

export class ViewsFigure {
  /** `picture` is from the prompt; `url` is drawn under the boxes where the browser can show it. */
  constructor(words, picture, url, number) {
    this.words = words;
    this.picture = picture;
    this.boxes = picture.views.map((view) => this.createBox(view));
    const image = url?.startsWith("data:image/") ? element("img", { src: url, alt: "" }) : null;
    const frame = element("div", { class: "views" }, image, element("ol", {}, ...this.boxes));
    frame.style.aspectRatio = `${picture.width} / ${picture.height}`;
    frame.style.maxWidth = `${(MAX_HEIGHT * picture.width) / picture.height}px`;
    this.root = element("figure", {}, frame, this.createCaption(number));
  }

  createCaption(number) {
    const { width, height, num_tokens: count, grid } = this.picture;
    const [columns, rows] = grid ?? [0, 0];
    const key = grid ? "picture-cut" : "picture-whole";
    return this.words.setText(element("figcaption", { class: "hint" }), key, { number, width, height, count, columns, rows });
  }

  createBox({ kind, box, width, height, num_tokens: count, row, column }) {
    const values = { row: row + 1, column: column + 1, width, height, count };
    const label = this.words.setText(element("span"), kind === "slice" ? "view-slice" : "view-overview", values);
    const made = element("li", { class: `view ${kind}`, "data-box": box.join(" ") }, label);
    const [left, top, right, bottom] = box;
    made.style.left = `${(100 * left) / this.picture.width}%`;
    made.style.top = `${(100 * top) / this.picture.height}%`;
    made.style.width = `${(100 * (right - left)) / this.picture.width}%`;
    made.style.height = `${(100 * (bottom - top)) / this.picture.height}%`;
    return made;
  }

  /** Mark the view with this index, or none for null. */
  mark(view) {
    this.boxes.forEach((box, index) => box.classList.toggle("is-marked", index === view));
  }
}

/** The height of a picture in CSS pixels; a tall one is made narrower. */
const MAX_HEIGHT = 420;
