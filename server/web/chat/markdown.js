/**
 * Rendering of the model's Markdown without anything that loads, links, runs or styles.
 *
 * HTML is shown as text, a picture as its description, a link as its text and address. DOMPurify then removes whatever
 * got past that: it keeps these elements, and no attribute except the start of a list.
 */

import DOMPurify from "/web/vendor/dompurify/purify.es.mjs";
import { Marked } from "/web/vendor/marked/marked.esm.js";
import { shopEmphasis } from "./emphasis.js";

const ALLOWED_TAGS = [
  ..."p br hr strong em del code pre blockquote ul ol li h1 h2 h3 h4 h5 h6".split(" "),
  ..."table thead tbody tr th td".split(" "),
];

const WITHOUT_SCHEME = ["", "http://", "mailto:"];
/** What is added to an address that was written as its own text. */

const UNFINISHED = /(?<![^\n])[ \t]*(?:[-=+*~|:`#>_ \t]+|\d{1,3}[.)]?)$/;
/** A last line that may yet become a heading, an item or a row, or make one of the line above. */

const SIGNS = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

const escapeHtml = (text) => text.replace(/[&<>"']/g, (sign) => SIGNS[sign]);

const marked = new Marked(shopEmphasis, {
  gfm: true,
  breaks: true,
  renderer: {
    html: ({ text }) => escapeHtml(text),
    image: ({ text, href }) => escapeHtml(text || href),
    link({ tokens, href }) {
      const text = this.parser.parseInline(tokens);
      return WITHOUT_SCHEME.some((scheme) => escapeHtml(href) === scheme + text) ? text : `${text} (${escapeHtml(href)})`;
    },
    checkbox: ({ checked }) => (checked ? "☑ " : "☐ "),
  },
});

/** Render what has come so far: signs at its end may be the first half of others, such as the `*` of a `**`. */
export function renderGrowing(text) {
  return renderMarkdown(text.replace(UNFINISHED, "").replace(/[*~]+$/, ""));
}

export function renderMarkdown(text) {
  const options = { ALLOWED_TAGS, ALLOWED_ATTR: ["start"], ALLOW_DATA_ATTR: false, ALLOW_ARIA_ATTR: false };
  return DOMPurify.sanitize(marked.parse(text), { ...options, RETURN_DOM_FRAGMENT: true });
}
