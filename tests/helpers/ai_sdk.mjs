// Asks a server over the AI SDK, whose packages are in the folder of the first argument; prints the answers as JSON.
import { createRequire } from "node:module";

const [folder, address, picture] = process.argv.slice(2);
const require = createRequire(`${folder}/`);
const { generateText, Output, stepCountIs, streamText, tool } = require("ai");
const { createOpenAI } = require("@ai-sdk/openai");
const { z } = require("zod");

const bodies = [];
const openai = createOpenAI({
  baseURL: `${address}/v1`,
  apiKey: "none",
  fetch: (url, init) => {
    bodies.push(JSON.parse(init.body));
    return fetch(url, init);
  },
});
const model = openai("minicpm-v");
const price = tool({
  description: "the price",
  inputSchema: z.object({ item: z.string() }),
  execute: async ({ item }) => `299 for ${item}`,
});
const call = '<tool_call>{"name": "price", "arguments": {"item": "shirt"}}</tool_call>';
const withTool = { model, tools: { price }, prompt: call, stopWhen: stepCountIs(3) };

async function ask(given) {
  return (await generateText({ model, ...given })).text;
}

async function readStream(given) {
  let text = "";
  for await (const part of streamText(given).fullStream) {
    if (part.type === "error") throw part.error;
    if (part.type === "text-delta") text += part.text;
  }
  return text;
}

const first = await generateText({ model, prompt: "hello" });
const messages = [{ role: "user", content: "hello" }, ...first.response.messages, { role: "user", content: "next" }];
const image = { type: "image", image: Buffer.from(picture, "base64") };
const schema = z.object({ colour: z.enum(["red", "blue"]) });
const previousResponseId = first.providerMetadata.openai.responseId;
const answers = {
  plain: first.text,
  streamed: await readStream({ model, prompt: "streamed" }),
  picture: await ask({ messages: [{ role: "user", content: [image, { type: "text", text: "look" }] }] }),
  tool: await ask(withTool),
  streamedTool: await readStream(withTool),
  object: (await generateText({ model, prompt: "x", output: Output.object({ schema }) })).output,
  dialogue: await ask({ messages }),
  hasReferred: bodies.at(-1).input.some((item) => item.type === "item_reference"),
  followed: await ask({ prompt: "and", providerOptions: { openai: { previousResponseId } } }),
  unstored: await ask({ messages, providerOptions: { openai: { store: false } } }),
};
console.log(JSON.stringify(answers));
