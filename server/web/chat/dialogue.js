/** The open session: it asks questions and shows the answers. Its id is in the page's address, so a reload keeps it. */

import { RequestError } from "/web/frame/api.js";
import { isFrame, pickFrames } from "./clips.js";
import { Picture } from "./pictures.js";

const TITLE_LENGTH = 60;
const AT_ONCE = 4;
/** How many pictures are loaded at once: a customer may not ask for many more. */


export const OWN_NAME = "chat-";
/** The prefix of the session names that this page generates, which are not shown. */

export class Dialogue {
  /** `tell(id)` is called when a turn was added to the session, or rated; `cite(citation)` when a source is opened. */
  constructor({ words, api }, { transcript, composer, sessions, documents, handover, samples, tell, cite }) {
    Object.assign(this, { words, api, transcript, composer, sessions, documents, handover, samples, tell, cite });
    this.begin();
  }

  get isBusy() {
    return Boolean(this.asking);
  }

  /** Begin an empty session, which is stored with its first answer. */
  begin() {
    this.stop();
    this.wanted = null;
    this.isLoading = false;
    this.isBehind = false;
    this.id = null;
    this.name = `${OWN_NAME}${createRandomName()}`;
    this.isNamed = false;
    this.transcript.clear(this.samples);
    this.show(null);
    this.composer.turnTo(null);
    this.composer.profile.value = "";
    this.composer.focus();
  }

  show(id) {
    this.id = id;
    history.replaceState(null, "", id ? `#${id}` : location.pathname);
    this.sessions.mark(id);
    this.documents.turnTo(this);
    this.handover.turnTo(id);
  }

  /** Open a stored session, unless another is opened before it has loaded. Throws `RequestError`. */
  async open(id) {
    this.stop();
    const wanted = (this.wanted = Symbol(id));
    const isWanted = () => this.wanted === wanted;
    this.isLoading = true;
    try {
      const session = await this.api.json(`/sessions/${encodeURIComponent(id)}`);
      if (isWanted()) await this.showAll(session, isWanted);
    } catch (error) {
      if (isWanted()) throw error;
    } finally {
      if (isWanted()) this.isLoading = false;
    }
  }

  async showAll(session, isWanted) {
    this.name = session.name;
    this.isNamed = Boolean(session.title) || session.turns.length > 0;
    this.transcript.clear(null);
    this.show(session.id);
    this.composer.turnTo(session.id);
    const { profile } = this.composer;
    profile.value = session.options.profile ?? "";
    await this.showTurns(session.turns, isWanted);
    if (isWanted()) await this.showWaiting(session.turns, isWanted);
    if (isWanted()) this.transcript.scroll();
  }

  async showTurns(turns, isWanted) {
    for (const turn of turns) {
      const asked = turn.messages.find(({ role }) => role === "user");
      const question = asked ? await this.loadQuestion(asked) : null;
      const person = turn.author === "person" ? await this.loadPerson(turn) : null;
      if (!isWanted()) return;
      this.showTurn(turn, question, person);
    }
  }

  /** Return a stored question. Its clip is gone, and a few of the frames are shown in its place. */
  async loadQuestion(asked) {
    const stored = asked.content.filter(({ type }) => type === "picture");
    const pictures = await this.loadPictures(stored.filter((picture) => !isFrame(picture)));
    const seen = stored.filter(isFrame);
    const frames = await this.loadPictures(pickFrames(seen));
    return { text: joinTexts(asked), pictures, clips: [], frames, times: seen.map(({ time_s }) => time_s) };
  }

  /** Return who has answered a stored turn in place of the model, and the pictures of the answer. */
  async loadPerson(turn) {
    const content = turn.messages.flatMap((message) => message.content);
    return { name: turn.author_name, pictures: await this.loadPictures(content.filter(({ type }) => type === "picture")) };
  }

  /** Show what another tab has added to this session, after the answer that is coming in here. */
  async follow() {
    const { id, wanted } = this;
    this.isBehind = this.isBusy || this.isLoading;
    if (id === null || this.isBehind) return;
    const isWanted = () => this.id === id && this.wanted === wanted && !this.isBusy;
    const { turns } = await this.api.json(`/sessions/${id}`);
    if (!isWanted()) return;
    for (const turn of turns) this.transcript.find(turn.id)?.showRating(turn.feedback?.thumb);
    await this.showTurns(turns.filter((turn) => !this.transcript.find(turn.id)), isWanted);
  }

  async loadPictures(stored) {
    const load = ({ sha256 }) => Picture.fromServer(this.api, `/sessions/${this.id}/pictures/${sha256}`);
    const pictures = [];
    for (let i = 0; i < stored.length; i += AT_ONCE) pictures.push(...(await Promise.all(stored.slice(i, i + AT_ONCE).map(load))));
    return pictures;
  }

  showTurn(turn, question, person) {
    const answer = this.addTurn(question, person);
    answer.turn = turn.id;
    const said = turn.messages.at(-1);
    answer.showStored(turn, said.role === "assistant" ? joinTexts(said) : "");
    if (question?.times.length) answer.noteVideo({ frames: question.times.length, times: question.times });
  }

  addTurn(question, person = null) {
    const answer = this.transcript.add(
      question,
      {
        retry: question && (() => this.retry(answer, question)),
        rate: (thumb) => this.rate(answer.turn, thumb),
        cite: (citation) => this.cite(citation),
        act: (id, verb) => this.act(id, verb),
      },
      person,
    );
    return answer;
  }

  async rate(turn, thumb) {
    const { id } = this;
    await this.api.change("POST", `/sessions/${id}/feedback`, { thumb, turn });
    this.tell(id);
  }

  /** Answer a call that waits for a yes, and return it with its end. */
  async act(id, verb) {
    const response = await this.api.change("POST", `/actions/${id}/${verb}`);
    this.tell(this.id);
    return response.json();
  }

  /** Show the call that the last answer of a stored session asks a yes for, if it waits still. */
  async showWaiting(turns, isWanted) {
    if (turns.at(-1)?.author !== "service") return;
    const { actions } = await this.api.json(`/actions?session=${this.id}&state=pending`);
    if (isWanted() && actions.length) this.transcript.find(turns.at(-1).id)?.showAction(actions[0]);
  }

  /** Ask a question again. A turn without any answer was not stored, so it is removed; otherwise it stays. */
  async retry(answer, question) {
    if (this.isBusy) return;
    if (!answer.text) answer.item.remove();
    await this.ask(question, { cache: false });
  }

  stop() {
    this.asking?.abort();
  }

  /** Ask a question, which has a text, pictures and clips. */
  async ask(question, stages = {}) {
    if (this.isBusy) return;
    this.asking = new AbortController();
    const { signal } = this.asking;
    for (const earlier of this.transcript.answers) earlier.card?.close();
    const answer = this.addTurn(question);
    const { isNamed } = this;
    this.isNamed = true;
    this.composer.setBusy(true);
    this.composer.keepUnsent(question);
    this.documents.asked();
    try {
      await this.documents.sent(signal);
      await this.stream(answer, await this.buildBody(question, stages), signal);
    } catch (error) {
      this.transcript.keepAtEnd(() => (signal.aborted ? answer.stop() : answer.fail(error)));
    } finally {
      this.asking = null;
      this.composer.setBusy(false);
    }
    if (!answer.turn) this.isNamed = isNamed;
    else if (!isNamed) await this.setTitle(answer.session, question.text);
    if (answer.turn) this.tell(answer.session);
    await this.sessions.refresh();
    if (this.isBehind) await this.follow().catch(() => null);
  }

  async buildBody({ text, pictures, clips }, stages) {
    const images = await Promise.all(pictures.map((picture) => picture.dataUrl()));
    const video = await clips[0]?.dataUrl();
    const profile = this.composer.profile.value || undefined;
    const own = this.api.keys.isCustomers ? {} : { profile, stages }; // customers choose neither
    return { user_id: this.name, question: text, images, video, stream: true, ...own };
  }

  async stream(answer, body, signal) {
    const response = await this.api.change("POST", "/chat", body, { signal });
    answer.session = response.headers.get("X-Session");
    answer.turn = response.headers.get("X-Turn");
    if (!signal.aborted) this.settle(answer.session);
    for await (const event of this.api.events(response)) {
      if (event.error) throw new RequestError(event.error, { status: event.status });
      this.transcript.keepAtEnd(() => showEvent(answer, event));
      if (event.answer !== undefined) return;
    }
    throw new RequestError(this.words.text("unfinished"));
  }

  /** Note the session that the first answer has begun. */
  settle(id) {
    this.composer.keepUnsent(null);
    if (this.id === null) this.composer.moveTo(id);
    this.show(id);
  }

  /** Name the session after its first question. This does nothing if the session was stopped before it was stored. */
  async setTitle(id, text) {
    const line = text.replace(/[\x00-\x1f\s]+/g, " ").trim();
    const title = [...line].slice(0, TITLE_LENGTH).join("");
    await this.api.change("PATCH", `/sessions/${id}`, { title }).catch(() => null);
  }
}

function showEvent(answer, event) {
  if (event.progress) answer.showProgress(event.progress);
  else if (event.piece !== undefined) answer.grow(event.piece);
  else if (event.answer !== undefined) answer.end(event);
}

function joinTexts({ content }) {
  return content.filter(({ type }) => type === "text").map(({ text }) => text).join("\n");
}

/** Return 128 random bits in hex; `crypto.randomUUID` needs TLS. */
function createRandomName() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
