/** Where something stands: a document and its page, as a text. */

export function describeSource(words, { name, page, sheet, rows, heading }) {
  const parts = [name];
  if (sheet) parts.push(sheet);
  if (rows) parts.push(rows[0] === rows[1] ? words.text("at-row", { row: rows[0] }) : words.text("at-rows", { first: rows[0], last: rows[1] }));
  else if (page) parts.push(words.text("at-page", { page }));
  if (heading) parts.push(heading);
  return parts.join(words.text("comma"));
}

/** Return the words for a code of the server, and the code itself where this page does not know it. */
export function nameCode(words, prefix, code) {
  const key = `${prefix}${code}`;
  return Object.hasOwn(words.texts.en, key) ? words.text(key) : code;
}
