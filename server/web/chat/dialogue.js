/** The dialogue that is open: asks, and shows what comes. Its id is in the page's address, so that reloading keeps it. */

import { Problem } from "/web/frame/api.js";
import { Picture } from "./pictures.js";
import { OWN_NAME } from "./sessions.js";

const TITLE_LENGTH = 60;

export class Dialogue {
  constructor({ words, api }, { transcript, composer, sessions, samples }) {
    Object.assign(this, { words, api, transcript, composer, sessions, samples });
    this.begin();
  }

  get isBusy() {
    return Boolean(this.asking);
  }

  /** An empty one, which is stored with its first answer. */
  begin() {
    this.stop();
    this.wanted = null;
    this.id = null;
    this.name = `${OWN_NAME}${randomName()}`;
    this.transcript.clear(this.samples);
    this.show(null);
    this.composer.profile.value = "";
    this.composer.focus();
  }

  show(id) {
    this.id = id;
    history.replaceState(null, "", id ? `#${id}` : location.pathname);
    this.sessions.mark(id);
  }

  /** One that is stored, unless another is wanted before it is there. Throws `Problem`. */
  async open(id) {
    this.stop();
    const wanted = (this.wanted = Symbol(id));
    const isWanted = () => this.wanted === wanted;
    try {
      const session = await this.api.json(`/sessions/${encodeURIComponent(id)}`);
      if (isWanted()) await this.showAll(session, isWanted);
    } catch (error) {
      if (isWanted()) throw error;
    }
  }

  async showAll(session, isWanted) {
    this.name = session.name;
    this.transcript.clear(null);
    this.show(session.id);
    const { profile } = this.composer;
    profile.value = session.options.profile ?? "";
    for (const turn of session.turns) {
      const asked = turn.messages.find(({ role }) => role === "user");
      const pictures = await this.picturesOf(asked);
      if (!isWanted()) return;
      this.showTurn(turn, textOf(asked), pictures);
    }
    this.transcript.scroll();
  }

  async picturesOf({ content }) {
    const hashes = content.filter(({ type }) => type === "picture").map(({ sha256 }) => sha256);
    return Promise.all(hashes.map((sha256) => Picture.stored(this.api, `/sessions/${this.id}/pictures/${sha256}`)));
  }

  showTurn(turn, text, pictures) {
    const answer = this.addTurn(text, pictures);
    answer.turn = turn.id;
    answer.stored(turn, textOf(turn.messages.at(-1)));
  }

  addTurn(text, pictures) {
    const answer = this.transcript.add(text, pictures, {
      retry: () => this.retry(answer, text, pictures),
      rate: (thumb) => this.api.change("POST", `/sessions/${this.id}/feedback`, { thumb, turn: answer.turn }),
    });
    return answer;
  }

  /** A turn without a word of an answer is not stored, so it goes. Another stays, and the question is asked anew. */
  async retry(answer, text, pictures) {
    if (this.isBusy) return;
    if (!answer.text) answer.item.remove();
    await this.ask(text, pictures, { cache: false });
  }

  stop() {
    this.asking?.abort();
  }

  async ask(text, pictures, stages = {}) {
    if (this.isBusy) return;
    this.asking = new AbortController();
    const { signal } = this.asking;
    const answer = this.addTurn(text, pictures);
    const isNew = this.id === null;
    this.composer.setBusy(true);
    try {
      await this.stream(answer, await this.body(text, pictures, stages), signal);
    } catch (error) {
      this.transcript.following(() => (signal.aborted ? answer.stop() : answer.fail(error)));
    } finally {
      this.asking = null;
      this.composer.setBusy(false);
    }
    if (isNew && answer.turn) await this.entitle(answer.session, text);
    await this.sessions.refresh();
  }

  async body(text, pictures, stages) {
    const images = await Promise.all(pictures.map((picture) => picture.dataUrl()));
    const profile = this.composer.profile.value || undefined;
    return { user_id: this.name, question: text, images, stream: true, profile, stages };
  }

  async stream(answer, body, signal) {
    const response = await this.api.change("POST", "/chat", body, { signal });
    answer.session = response.headers.get("X-Session");
    answer.turn = response.headers.get("X-Turn");
    if (!signal.aborted) this.show(answer.session);
    for await (const event of this.api.events(response)) {
      if (event.error) throw new Problem(event.error, { status: event.status });
      this.transcript.following(() => (event.piece === undefined ? answer.end(event) : answer.grow(event.piece)));
      if (event.piece === undefined) return;
    }
    throw new Problem(this.words.text("unfinished"));
  }

  /** After its first question; one that was stopped before a word was said is not stored, and has no title. */
  async entitle(id, text) {
    const line = text.replace(/[\x00-\x1f\s]+/g, " ").trim();
    const title = [...line].slice(0, TITLE_LENGTH).join("");
    await this.api.change("PATCH", `/sessions/${id}`, { title }).catch(() => null);
  }
}

function textOf({ content }) {
  return content.filter(({ type }) => type === "text").map(({ text }) => text).join("\n");
}

/** 128 random bits. `crypto.randomUUID` is for pages over TLS alone. */
function randomName() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
