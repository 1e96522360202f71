/** What is sent for a set, and the answer as it comes. */

import { Problem } from "/web/frame/api.js";

/** What a set begins with: alternatives are told beside each token. */
export const START = { logprobs: true, top_logprobs: 5 };
const MAX_SEED = 2 ** 31;

/** Whether a seed has any effect: greedy decoding and beams draw nothing. */
export function draws(parameters) {
  return parameters.value("temperature") !== 0 && !hasBeams(parameters.value("num_beams"));
}

function hasBeams(numBeams) {
  return (numBeams ?? 1) > 1;
}

/** The body of a request. Beam search tells no probabilities. */
export function bodyOf(model, messages, values) {
  const { logprobs, top_logprobs, ...others } = values;
  return hasBeams(values.num_beams) ? { model, messages, ...others } : { model, messages, ...values };
}

/** The values of a set, with a seed where one has an effect. */
export function withSeed(parameters) {
  const { seed, ...values } = parameters.values;
  if (!draws(parameters)) return values;
  return { ...values, seed: seed ?? Math.floor(Math.random() * MAX_SEED) };
}

/** An answer that has only begun. `request` are the parameters it is asked with. */
export function newAnswer(request) {
  return { request, choices: [], usage: null, ending: "running", problem: null };
}

/** Fills an answer, and gives the choice that grew, or null for its end. Throws `Problem`. */
export async function* stream(api, words, body, answer, signal) {
  const streamed = { ...body, stream: true, stream_options: { include_usage: true } };
  const response = await api.change("POST", "/v1/chat/completions", streamed, { signal });
  for await (const event of api.events(response)) {
    if (event.error) throw new Problem(event.error.message);
    if (event.usage) answer.usage = event.usage;
    for (const told of event.choices) yield grow(answer, told);
  }
  if (!answer.usage) throw new Problem(words.text("unfinished"));
  answer.ending = "done";
}

function grow({ choices }, { index, delta, logprobs, finish_reason }) {
  const choice = (choices[index] ??= { text: "", tokens: [], finish_reason: null });
  choice.text += delta.content ?? "";
  choice.tokens.push(...(logprobs?.content ?? []));
  choice.finish_reason = finish_reason ?? choice.finish_reason;
  return index;
}
