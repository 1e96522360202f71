/** Programs that send the request of the page: in Python with the openai package, and with curl. */

/** The fields that are arguments in the openai package; the others go into `extra_body`. */
const ARGUMENTS = new Set([
  ...["model", "messages", "max_tokens", "max_completion_tokens", "temperature", "top_p", "n", "seed", "stop"],
  ...["presence_penalty", "frequency_penalty", "logit_bias", "logprobs", "top_logprobs"],
]);
const WORDS = { true: "True", false: "False", null: "None" };
const INDENT = "    ";

/** With `needsKey` the program reads a key from the variable MINICPMV_API_KEY; no key is written into it. */
export function writePython(body, { address, needsKey }) {
  const entries = Object.entries(body);
  const own = entries.filter(([name]) => ARGUMENTS.has(name));
  const others = entries.filter(([name]) => !ARGUMENTS.has(name));
  const extra = others.length ? [["extra_body", Object.fromEntries(others)]] : [];
  const lines = [...own, ...extra].map(([name, value]) => `${INDENT}${name}=${writeLiteral(value, INDENT)},`);
  const key = needsKey ? 'os.environ["MINICPMV_API_KEY"]' : '"none"';
  return [
    ...(needsKey ? ["import os", ""] : []),
    "from openai import OpenAI",
    "",
    `client = OpenAI(base_url=${writeLiteral(`${address}/v1`)}, api_key=${key})`,
    "completion = client.chat.completions.create(",
    ...lines,
    ")",
    "for choice in completion.choices:",
    `${INDENT}print(choice.message.content)`,
    "",
  ].join("\n");
}

/** The body goes through standard input, because pictures are too long for an argument. */
export function writeCurl(body, { address, needsKey }) {
  const key = needsKey ? ' \\\n  -H "Authorization: Bearer $MINICPMV_API_KEY"' : "";
  const head = `curl -sS ${address}/v1/chat/completions \\\n  -H 'Content-Type: application/json'${key} \\\n`;
  return `${head}  --data-binary @- <<'JSON'\n${JSON.stringify(body, null, 2)}\nJSON\n`;
}

/** Shorten the data URLs in a snippet, for reading. */
export function shortenFiles(code) {
  return code.replace(/(data:[\w.+-]*\/?[\w.+-]*;base64,[\w+/]{16})[\w+/=]{16,}/g, "$1…");
}

/** Write a JSON value as a Python literal. JSON strings are valid Python strings. */
function writeLiteral(value, indent = "") {
  if (value === null || typeof value === "boolean") return WORDS[value];
  if (typeof value !== "object") return JSON.stringify(value);
  const inner = indent + INDENT;
  const items = Array.isArray(value)
    ? value.map((item) => writeLiteral(item, inner))
    : Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${writeLiteral(item, inner)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  if (!items.length) return open + close;
  return `${open}\n${items.map((item) => `${inner}${item},\n`).join("")}${indent}${close}`;
}
