/** The open session: it asks questions and shows the answers. Its id is in the page's address, so a reload keeps it. */

import { RequestError } from "/web/frame/api.js";
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

  /** Begin an empty session, which is stored with its first answer. */
  begin() {
    this.stop();
    this.wanted = null;
    this.id = null;
    this.name = `${OWN_NAME}${createRandomName()}`;
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

  /** Open a stored session, unless another is opened before it has loaded. Throws `RequestError`. */
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
      const pictures = await this.loadPictures(asked);
      if (!isWanted()) return;
      this.showTurn(turn, joinTexts(asked), pictures);
    }
    this.transcript.scroll();
  }

  async loadPictures({ content }) {
    const hashes = content.filter(({ type }) => type === "picture").map(({ sha256 }) => sha256);
    return Promise.all(hashes.map((sha256) => Picture.fromServer(this.api, `/sessions/${this.id}/pictures/${sha256}`)));
  }

  showTurn(turn, text, pictures) {
    const answer = this.addTurn(text, pictures);
    answer.turn = turn.id;
    answer.showStored(turn, joinTexts(turn.messages.at(-1)));
  }

  addTurn(text, pictures) {
    const answer = this.transcript.add(text, pictures, {
      retry: () => this.retry(answer, text, pictures),
      rate: (thumb) => this.api.change("POST", `/sessions/${this.id}/feedback`, { thumb, turn: answer.turn }),
    });
    return answer;
  }

  /** Ask a question again. A turn without any answer was not stored, so it is removed; otherwise it stays. */
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
      await this.stream(answer, await this.buildBody(text, pictures, stages), signal);
    } catch (error) {
      this.transcript.keepAtEnd(() => (signal.aborted ? answer.stop() : answer.fail(error)));
    } finally {
      this.asking = null;
      this.composer.setBusy(false);
    }
    if (isNew && answer.turn) await this.setTitle(answer.session, text);
    await this.sessions.refresh();
  }

  async buildBody(text, pictures, stages) {
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
      if (event.error) throw new RequestError(event.error, { status: event.status });
      this.transcript.keepAtEnd(() => (event.piece === undefined ? answer.end(event) : answer.grow(event.piece)));
      if (event.piece === undefined) return;
    }
    throw new RequestError(this.words.text("unfinished"));
  }

  /** Name the session after its first question. This does nothing if the session was stopped before it was stored. */
  async setTitle(id, text) {
    const line = text.replace(/[\x00-\x1f\s]+/g, " ").trim();
    const title = [...line].slice(0, TITLE_LENGTH).join("");
    await this.api.change("PATCH", `/sessions/${id}`, { title }).catch(() => null);
  }
}

function joinTexts({ content }) {
  return content.filter(({ type }) => type === "text").map(({ text }) => text).join("\n");
}

/** Return 128 random bits in hex; `crypto.randomUUID` needs TLS. */
function createRandomName() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
