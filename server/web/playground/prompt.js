/** The exact prompt of the model: text, control tokens, and runs of image tokens; and what it has of documents. */

import { element } from "/web/frame/dom.js";
import { createPassages } from "./passages.js";
import { ViewsFigure } from "./views.js";

export class PromptView {
  constructor(words) {
    this.words = words;
    this.title = element("summary");
    this.body = element("div", { class: "prompt-body" });
    this.root = element("details", { class: "prompt", hidden: true }, this.title, this.body);
  }

  clear() {
    this.prompt = null;
    this.root.hidden = true;
  }

  /** `prompt` is the reply of `POST /playground/prompt`; `urls` are those of its pictures, in order. */
  show(prompt, urls) {
    this.prompt = prompt;
    this.root.hidden = false;
    this.words.setText(this.title, "prompt", { count: prompt.num_tokens });
    this.figures = prompt.pictures.map((picture, index) => new ViewsFigure(this.words, picture, urls[index], index + 1));
    this.text = element("p", { class: "prompt-text" }, ...prompt.segments.map((segment) => this.createSegment(segment)));
    const figures = this.figures.map(({ root }) => root);
    const passages = createPassages(this.words, prompt.trace);
    this.body.replaceChildren(...passages, ...figures, this.createIdsSwitch(), this.text);
  }

  /** Create the check box that shows the token ids. */
  createIdsSwitch() {
    const input = element("input", { type: "checkbox" });
    input.addEventListener("change", () => this.text.classList.toggle("with-ids", input.checked));
    return element("label", { class: "check" }, input, this.words.setText(element("span"), "show-ids"));
  }

  createSegment(segment) {
    if (segment.kind === "image") return this.createChip(segment);
    const text = element("span", { class: "segment-text", dir: "auto" }, segment.text);
    const ids = element("span", { class: "ids" }, segment.ids.join(" "));
    return element("span", { class: `segment ${segment.kind}` }, text, ids);
  }

  /** Create the button of a run of image tokens, which marks its view in the picture while it is pressed. */
  createChip({ picture, view, ...segment }) {
    const count = segment.num_tokens ?? segment.ids.length;
    const chip = element("button", { type: "button", class: "chip", "aria-pressed": "false" });
    chip.addEventListener("click", () => {
      const isPressed = chip.getAttribute("aria-pressed") === "true";
      for (const other of this.text.querySelectorAll(".chip")) other.setAttribute("aria-pressed", "false");
      chip.setAttribute("aria-pressed", String(!isPressed));
      this.figures.forEach((figure, index) => figure.mark(index === picture && !isPressed ? view : null));
    });
    const slices = this.prompt.pictures[picture].views.filter(({ kind }) => kind === "slice");
    const number = slices.indexOf(this.prompt.pictures[picture].views[view]) + 1;
    const values = { count, picture: picture + 1, number, of: slices.length };
    return this.words.setText(chip, number ? "chip-slice" : "chip-overview", values);
  }
}
