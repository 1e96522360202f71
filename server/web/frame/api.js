/** Requests to the server: with the key, in the reader's language, and failures as sentences. */

/** What went wrong, in words for people. `retryAfterS` is what the server says. */
export class Problem extends Error {
  constructor(message, { status = 0, retryAfterS = 0 } = {}) {
    super(message);
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}

export class Api {
  constructor(words, keys, connection) {
    this.words = words;
    this.keys = keys;
    this.connection = connection;
  }

  /** The response, when it is a good one. A key that is missing or wrong is asked for. Throws `Problem`. */
  async send(path, options = {}) {
    for (;;) {
      const sent = this.keys.numAsked;
      const response = await this.fetch(path, options);
      if (response.ok) return response;
      const problem = await this.problemOf(response);
      if (response.status !== 401 || !(await this.keys.ask(this.keys.current ? problem.message : "", sent))) throw problem;
    }
  }

  async json(path, options = {}) {
    return (await this.send(path, options)).json();
  }

  async change(method, path, body, options = {}) {
    const headers = { "Content-Type": "application/json" };
    return this.send(path, { method, body: body && JSON.stringify(body), headers, ...options });
  }

  /** A failure of the network is a `Problem` too; what was aborted by its caller is an AbortError. */
  async fetch(path, { headers = {}, ...options }) {
    const own = { "Accept-Language": this.words.language, ...this.keys.headers };
    try {
      const response = await fetch(path, { ...options, headers: { ...headers, ...own } });
      this.connection.set(true);
      return response;
    } catch (error) {
      throw this.lost(error);
    }
  }

  lost(error) {
    if (error.name === "AbortError") return error;
    this.connection.set(false);
    return new Problem(this.words.text("no-connection"));
  }

  async problemOf(response) {
    const retryAfterS = Number(response.headers.get("Retry-After")) || 0;
    const { status } = response;
    try {
      const { error } = await response.json();
      return new Problem(error.message ?? error, { status, retryAfterS }); // of OpenAI's dialect, or of our own
    } catch {
      return new Problem(this.words.text("broken-answer", { status }), { status, retryAfterS });
    }
  }

  /**
   * The events of a stream, https://html.spec.whatwg.org/multipage/server-sent-events.html, each an object.
   * OpenAI's dialect ends with a word that is none.
   */
  async *events(response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read().catch((error) => {
        throw this.lost(error);
      });
      if (done) return;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        if (block.startsWith("data: ") && block !== "data: [DONE]") yield JSON.parse(block.slice("data: ".length));
      }
    }
  }
}
