/** Requests to the server, with the key and the language of the user. */

import { fetchWithProgress } from "./uploading.js";

/** A request that failed. The message is for the user; `code` and `retryAfterS`, in seconds, are those of the server. */
export class RequestError extends Error {
  constructor(message, { status = 0, code = null, retryAfterS = 0 } = {}) {
    super(message);
    Object.assign(this, { status, code, retryAfterS });
  }
}

export class Api {
  constructor(words, keys, connection) {
    this.words = words;
    this.keys = keys;
    this.connection = connection;
  }

  /** Return the response if its status is a success. Ask for the key if it is missing or wrong. Throws `RequestError`. */
  async send(path, options = {}) {
    for (;;) {
      const sent = this.keys.numAsked;
      const response = await this.fetch(path, options);
      if (response.ok) return response;
      const error = await this.readError(response);
      if (response.status !== 401 || !(await this.keys.ask(this.keys.current ? error.message : "", sent))) throw error;
    }
  }

  async json(path, options = {}) {
    return (await this.send(path, options)).json();
  }

  async change(method, path, body, { headers = {}, ...options } = {}) {
    const all = { "Content-Type": "application/json", ...headers };
    return this.send(path, { method, body: body && JSON.stringify(body), headers: all, ...options });
  }

  /**
   * Send a request, with `progress(share)` being called as its body is sent. Throws `RequestError` for network errors,
   * and AbortError where the caller aborts.
   */
  async fetch(path, { headers = {}, ...options }) {
    const own = { "Accept-Language": this.words.language, ...this.keys.headers };
    const send = options.progress ? fetchWithProgress : fetch;
    try {
      const response = await send(path, { ...options, headers: { ...headers, ...own } });
      this.connection.set(true);
      return response;
    } catch (error) {
      throw this.toRequestError(error);
    }
  }

  toRequestError(error) {
    if (error.name === "AbortError") return error;
    this.connection.set(false);
    return new RequestError(this.words.text("no-connection"));
  }

  async readError(response) {
    const retryAfterS = Number(response.headers.get("Retry-After")) || 0;
    const { status } = response;
    try {
      const { error, code } = await response.json();
      return new RequestError(error.message ?? error, { status, code, retryAfterS }); // OpenAI's format has an object, ours a text
    } catch {
      return new RequestError(this.words.text("broken-answer", { status }), { status, retryAfterS });
    }
  }

  /**
   * Yield the events of a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html), each an object.
   * The last one of OpenAI's format, `[DONE]`, is left out.
   */
  async *events(response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read().catch((error) => {
        throw this.toRequestError(error);
      });
      if (done) return;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const data = block.split("\n").find((line) => line.startsWith("data: ")); // an id may come before it
        if (data && data !== "data: [DONE]") yield JSON.parse(data.slice("data: ".length));
      }
    }
  }
}
