/** The chat window that pages of shops show in a frame: one dialogue at a time, with the token of the page's customer. */

import { Dialogue } from "/web/chat/dialogue.js";
import { DOCUMENTS } from "/web/chat/document_strings.js";
import { Following } from "/web/chat/following.js";
import { Handover } from "/web/chat/handover.js";
import { CHAT } from "/web/chat/strings.js";
import { Transcript } from "/web/chat/transcript.js";
import { Api } from "/web/frame/api.js";
import { Connection, retryUntilConnected } from "/web/frame/connection.js";
import { element, iconButton } from "/web/frame/dom.js";
import { FRAME } from "/web/frame/strings.js";
import { LANGUAGES, Words } from "/web/frame/words.js";
import { Composer } from "./composer.js";
import { CustomerApi } from "./customer_api.js";
import { Host } from "./host.js";
import * as markdown from "./markdown.js";
import { WIDGET } from "./strings.js";
import { Tokens } from "./tokens.js";

const NOBODY = { headers: {}, numAsked: 0, ask: async () => false };
const NO_SESSIONS = { mark: () => null, refresh: async () => null };
const NO_DOCUMENTS = { turnTo: () => null, asked: () => null, sent: async () => null };

const host = new Host(); // it listens before the frame has loaded, which is when the page connects
const words = new Words(FRAME, CHAT, DOCUMENTS, WIDGET);
const language = new URLSearchParams(location.search).get("language");
if (language in LANGUAGES) words.language = language;
words.translate(document);
document.title = words.text("window");
const connection = new Connection(words);
const open = new Api(words, NOBODY, connection);
drawHead();

const config = await retryUntilConnected(connection, () => open.json("/pages/config"));
host.allow(config.widget_origins);
const tokens = new Tokens(host, open, config);
const api = new CustomerApi(words, tokens, connection);
const page = { words, api, connection, config };

const transcript = new Transcript(words, markdown);
const composer = new Composer(page, { ask: (question) => dialogue.ask(question), stop: () => dialogue.stop() });
const handover = new Handover(page, {
  heard: () => following.request(),
  findLast: () => transcript.answers.at(-1)?.turn,
});
document.getElementById("composer").before(handover.root);
const following = new Following(() => dialogue.follow());
const dialogue = new Dialogue(page, {
  transcript,
  composer,
  sessions: NO_SESSIONS,
  documents: NO_DOCUMENTS,
  handover,
  samples: null,
  tell: () => null,
  cite: (citation) => showSource(citation),
});

function drawHead() {
  const title = words.setText(element("h1"), "window");
  const begin = iconButton(words, "plus", "begin", () => dialogue.begin(), { id: "begin" });
  const hide = iconButton(words, "close", "hide", () => host.send({ minicpmv: "close" }), { id: "hide", hidden: host.isAlone });
  document.getElementById("top").append(title, connection.shown, begin, hide);
}

/** Show a source. What shows it is loaded with the first one. */
async function showSource(citation) {
  const { openViewer } = await import("/web/chat/viewer.js");
  await openViewer(page, { id: citation.document, name: citation.name }, citation);
}

/** Show the last dialogue of the customer, if there is one. */
async function resume() {
  try {
    const { sessions } = await api.json("/sessions?limit=1");
    if (sessions.length) await dialogue.open(sessions[0].id);
  } catch (error) {
    composer.showError(error.message);
  }
}

/** Show nothing of the customer before; an anonymous visitor who got a new token keeps what was not sent. */
tokens.onChange(async (isSameVisitor) => {
  const { unsent } = composer;
  dialogue.begin();
  if (!isSameVisitor) composer.empty();
  else if (unsent) composer.restore(unsent);
  await resume();
});
host.on("show", () => {
  handover.turnTo(dialogue.id);
  composer.focus();
});
host.on("hide", () => handover.turnTo(null)); // a window that nobody sees follows nothing
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || document.querySelector("dialog[open]")) return;
  if (dialogue.isBusy) dialogue.stop();
  else host.send({ minicpmv: "close" });
});
await resume();
document.body.dataset.ready = "true";
