/** One generation parameter: its field, meaning, range and default, and a button that resets it. */

import { element, iconButton } from "/web/frame/dom.js";

/** How the values of each type are written in a field and read from it; `read` may throw for invalid text. */
const TYPES = {
  integer: { write: String, read: Number },
  number: { write: String, read: Number },
  boolean: { write: String, read: (text) => text === "true" },
  string_list: { write: (values) => [values].flat().map(escapeText).join("\n"), read: (text) => text.split("\n").filter(Boolean).map(unescapeText) },
  object: { write: JSON.stringify, read: JSON.parse },
};

export class Control {
  /** `changed()` is called when the user changes the value, not after `set()`. */
  constructor(words, spec, { id, changed }) {
    Object.assign(this, { words, spec });
    this.actions = { changed };
    this.type = TYPES[spec.type];
    this.field = this.createField(`${id}-${spec.name}`);
    this.field.addEventListener("input", () => this.react());
    this.undo = iconButton(words, "undo", "reset", () => this.reset(), { class: "icon-button undo" });
    words.setLabel(this.undo, "reset", { name: spec.name });
    const name = element("code", {}, spec.name);
    const label = element("label", { for: this.field.id }, name);
    this.meaning = element("p", { class: "hint", id: `${this.field.id}-meaning` });
    this.field.setAttribute("aria-describedby", this.meaning.id);
    this.root = element("div", { class: "parameter", "data-name": spec.name }, label, this.field, this.undo, this.meaning);
    this.translate();
    this.set(spec.default);
  }

  createField(id) {
    const { type, minimum, maximum } = this.spec;
    if (type === "boolean") return element("select", { id }, ...["", "true", "false"].filter(this.isOffered, this).map(createOption));
    if (type === "integer" || type === "number") {
      const step = type === "integer" ? 1 : "any";
      return element("input", { id, type: "number", min: minimum, max: maximum, step });
    }
    return element("textarea", { id, rows: 1, spellcheck: "false" });
  }

  /** Only a boolean without a default can be left unset. */
  isOffered(value) {
    return value !== "" || this.spec.default === null;
  }

  set(value) {
    this.field.value = value === null || isEmpty(value) ? "" : this.type.write(value);
    this.show();
  }

  reset() {
    this.set(this.spec.default);
    this.field.focus();
    this.actions.changed();
  }

  react() {
    this.show();
    this.actions.changed();
  }

  get text() {
    return this.field.value;
  }

  /** The value in the field; an empty field has the default. Throws `SyntaxError` for invalid JSON. */
  get value() {
    return this.text === "" ? this.spec.default : this.type.read(this.text);
  }

  /** Whether the value is invalid. The default is always valid, whatever the range. */
  get isWrong() {
    try {
      const { value } = this;
      const { exclusive_minimum: isOver = false, minimum } = this.spec;
      if (isSame(value, this.spec.default) && !this.field.validity.badInput) return false;
      return !this.field.checkValidity() || (isOver && value <= minimum);
    } catch {
      return true;
    }
  }

  get isChanged() {
    return this.isWrong || !isSame(this.value, this.spec.default);
  }

  show() {
    this.root.classList.toggle("is-changed", this.isChanged);
    this.field.setAttribute("aria-invalid", String(this.isWrong));
    this.undo.hidden = !this.isChanged;
  }

  translate() {
    const { spec, words } = this;
    const unset = words.text(spec.name === "seed" ? "drawn" : "unset");
    const standard = isNothing(spec.default) ? unset : this.type.write(spec.default);
    const beams = spec.default_with_beams;
    const notes = [
      spec.only && words.text(`only-${spec.only}`),
      spec.type === "string_list" && words.text("one-a-line"),
      words.text("range", { range: formatRange(spec), default: standard }),
      beams !== undefined && words.text("with-beams", { default: this.type.write(beams) }),
    ];
    this.meaning.textContent = [spec.meaning[words.language], ...notes].filter(Boolean).join(" ");
    this.field.placeholder = standard;
  }
}

function createOption(value) {
  return element("option", { value }, value || "–");
}

function formatRange({ minimum, maximum, exclusive_minimum: isOver }) {
  const least = minimum === null ? "" : `${isOver ? ">" : "≥"} ${minimum}`;
  const most = maximum === null ? "" : `≤ ${maximum}`;
  const bounds = [least, most].filter(Boolean).join(", ");
  return bounds && `${bounds}. `;
}

function isEmpty(value) {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function isNothing(value) {
  return value === null || isEmpty(value);
}

function isSame(one, other) {
  return (isNothing(one) && isNothing(other)) || JSON.stringify(one) === JSON.stringify(other);
}

/** Write a line break within a stop sequence as `\n`. */
function escapeText(text) {
  return String(text).replace(/[\\\n\t]/g, (sign) => ({ "\\": "\\\\", "\n": "\\n", "\t": "\\t" })[sign]);
}

function unescapeText(text) {
  return text.replace(/\\([nt\\])/g, (_, sign) => ({ n: "\n", t: "\t", "\\": "\\" })[sign]);
}
