/** The request of a set, and its answer as it arrives. */

import { RequestError } from "/web/frame/api.js";

/** The parameters of a new set: each token comes with its alternatives. */
export const START = { logprobs: true, top_logprobs: 5 };
const MAX_SEED = 2 ** 31;

/** Return whether a seed has an effect. Greedy decoding and beam search draw nothing. */
export function usesSeed(parameters) {
  return parameters.getValue("temperature") !== 0 && !hasBeams(parameters.getValue("num_beams"));
}

function hasBeams(numBeams) {
  return (numBeams ?? 1) > 1;
}

/** Return the body of a request: what is asked, and the parameters. Beam search has no log-probabilities. */
export function buildBody(model, asked, values) {
  const { logprobs, top_logprobs, ...others } = values;
  return { model, ...asked, ...(hasBeams(values.num_beams) ? others : values) };
}

/** Return the values of a set, with a random seed if it needs one and has none. */
export function drawSeed(parameters) {
  const { seed, ...values } = parameters.values;
  if (!usesSeed(parameters)) return values;
  return { ...values, seed: seed ?? Math.floor(Math.random() * MAX_SEED) };
}

/** Return an answer without content. `request` are the parameters of its request. */
export function createAnswer(request) {
  return { request, choices: [], usage: null, ending: "running", problem: null };
}

/** Fill an answer from a stream, and yield the index of each choice that grew. Throws `RequestError`. */
export async function* stream(api, words, body, answer, signal) {
  const streamed = { ...body, stream: true, stream_options: { include_usage: true } };
  const response = await api.change("POST", "/v1/chat/completions", streamed, { signal });
  for await (const event of api.events(response)) {
    if (event.error) throw new RequestError(event.error.message);
    if (event.usage) answer.usage = event.usage;
    for (const choice of event.choices) yield grow(answer, choice);
  }
  if (!answer.usage) throw new RequestError(words.text("unfinished"));
  answer.ending = "done";
}

function grow({ choices }, { index, delta, logprobs, finish_reason }) {
  const choice = (choices[index] ??= { text: "", tokens: [], finish_reason: null });
  choice.text += delta.content ?? "";
  choice.tokens.push(...(logprobs?.content ?? []));
  choice.finish_reason = finish_reason ?? choice.finish_reason;
  return index;
}
