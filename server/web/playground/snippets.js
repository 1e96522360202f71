/** Programs that ask the same as the page did: in Python, with the openai package, and by curl. */

/** Fields of a body that the openai package has arguments for; others go as `extra_body`. */
const ARGUMENTS = new Set([
  ...["model", "messages", "max_tokens", "max_completion_tokens", "temperature", "top_p", "n", "seed", "stop"],
  ...["presence_penalty", "frequency_penalty", "logit_bias", "logprobs", "top_logprobs"],
]);
const WORDS = { true: "True", false: "False", null: "None" };
const INDENT = "    ";

/** `needsKey` adds a key, which is read from the variable MINICPMV_API_KEY: no key is written down. */
export function pythonOf(body, { address, needsKey }) {
  const entries = Object.entries(body);
  const own = entries.filter(([name]) => ARGUMENTS.has(name));
  const others = entries.filter(([name]) => !ARGUMENTS.has(name));
  const extra = others.length ? [["extra_body", Object.fromEntries(others)]] : [];
  const lines = [...own, ...extra].map(([name, value]) => `${INDENT}${name}=${literal(value, INDENT)},`);
  const key = needsKey ? 'os.environ["MINICPMV_API_KEY"]' : '"none"';
  return [
    ...(needsKey ? ["import os", ""] : []),
    "from openai import OpenAI",
    "",
    `client = OpenAI(base_url=${literal(`${address}/v1`)}, api_key=${key})`,
    "completion = client.chat.completions.create(",
    ...lines,
    ")",
    "for choice in completion.choices:",
    `${INDENT}print(choice.message.content)`,
    "",
  ].join("\n");
}

/** The body comes from standard input: pictures are too long for an argument. */
export function curlOf(body, { address, needsKey }) {
  const key = needsKey ? ' \\\n  -H "Authorization: Bearer $MINICPMV_API_KEY"' : "";
  const head = `curl -sS ${address}/v1/chat/completions \\\n  -H 'Content-Type: application/json'${key} \\\n`;
  return `${head}  --data-binary @- <<'JSON'\n${JSON.stringify(body, null, 2)}\nJSON\n`;
}

/** With what is long in pictures left out, for reading. */
export function shortened(code) {
  return code.replace(/(data:image\/[\w.+-]+;base64,[\w+/]{16})[\w+/=]{16,}/g, "$1…");
}

/** Strings of JSON are strings of Python as well. */
function literal(value, indent = "") {
  if (value === null || typeof value === "boolean") return WORDS[value];
  if (typeof value !== "object") return JSON.stringify(value);
  const inner = indent + INDENT;
  const items = Array.isArray(value)
    ? value.map((item) => literal(item, inner))
    : Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${literal(item, inner)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  if (!items.length) return open + close;
  return `${open}\n${items.map((item) => `${inner}${item},\n`).join("")}${indent}${close}`;
}
