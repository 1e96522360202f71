/** The chat page, for customers. */

import { RequestError } from "/web/frame/api.js";
import { element } from "/web/frame/dom.js";
import { openPage } from "/web/frame/frame.js";
import { Chips } from "./chips.js";
import { Composer } from "./composer.js";
import { Dialogue } from "./dialogue.js";
import { DOCUMENTS } from "./document_strings.js";
import { DocumentsButton } from "./documents_button.js";
import { Documents } from "./documents.js";
import { Following } from "./following.js";
import { Handover } from "./handover.js";
import * as markdown from "./markdown.js";
import { createSampleCards } from "./samples.js";
import { Sessions } from "./sessions.js";
import { CHAT } from "./strings.js";
import { Tabs } from "./tabs.js";
import { Transcript } from "./transcript.js";
import { openViewer } from "./viewer.js";

const page = await openPage(CHAT, DOCUMENTS);
const { words, config, connection, keys } = page;

const transcript = new Transcript(words, markdown);
const composer = new Composer(page, {
  ask: (question) => dialogue.ask(question),
  stop: () => dialogue.stop(),
  addDocuments: (files) => documents.add(files),
});
const documents = new Documents(page, {
  tell: (key, values) => composer.showNotice(key, values),
  began: (id) => {
    dialogue.settle(id);
    sessions.refresh();
  },
  changed: (id) => tabs.tell("documents", id),
});
const view = (entry, citation = null) => openViewer(page, entry, citation);
composer.place(new Chips(words, documents, { open: view }).root, new DocumentsButton(page, documents).root);
const sessions = new Sessions(page, {
  open: (id) => visit(id),
  begin: () => visit(null),
  removed: (id) => {
    leave(id);
    tabs.tell("removed", id);
  },
  renamed: (id) => {
    if (id === dialogue.id) dialogue.isNamed = true;
    tabs.tell("title", id);
  },
});
document.getElementById("top").prepend(sessions.createOpenButton());
const samples = config.is_demo ? createSampleCards(page, (question) => dialogue.ask({ ...question, clips: [] })) : null;
const handover = new Handover(page, {
  heard: () => following.request(),
  findLast: () => transcript.answers.at(-1)?.turn,
});
document.getElementById("composer").before(handover.root);
const idInAddress = location.hash.slice(1);
const tell = (id) => tabs.tell("turn", id);
const cite = (citation) => view({ id: citation.document, name: citation.name }, citation);
const dialogue = new Dialogue(page, { transcript, composer, sessions, documents, handover, samples, tell, cite });
const following = new Following(() => Promise.all([sessions.refresh(), dialogue.follow(), documents.refresh()]));
const tabs = new Tabs(({ kind, id }) => {
  if (kind === "removed" && leave(id)) composer.showNotice("gone-elsewhere");
  following.request();
});

/** Open a session, or begin one for null, as a new entry of the browser's history. */
async function visit(id) {
  if (id !== dialogue.id) history.pushState(null, "", id ? `#${id}` : location.pathname);
  await show(id);
}

async function show(id) {
  if (id) await open(id);
  else dialogue.begin();
}

/** Open a session; show an error in an empty one if it cannot be opened. */
async function open(id) {
  try {
    await dialogue.open(id);
  } catch (error) {
    dialogue.begin();
    composer.showError(error.status === 404 ? words.text("gone") : error.message);
  }
}

/** Forget a session that was deleted, but not what was being asked in it; return whether it was open. */
function leave(id) {
  const isOpen = id === dialogue.id;
  if (isOpen && composer.hasDraft) composer.moveTo(null);
  if (isOpen) dialogue.begin();
  composer.drafts.remove(id);
  return isOpen;
}

// a rating, a new title or a deletion that failed
addEventListener("unhandledrejection", (event) => {
  if (!(event.reason instanceof RequestError)) return;
  event.preventDefault();
  composer.showError(event.reason.message);
});
connection.onReturn(() => sessions.refresh());
keys.onChange(async () => {
  if (dialogue.id && !dialogue.isBusy) await open(dialogue.id); // another key may have no such session
  await sessions.refresh();
});
addEventListener("popstate", () => {
  show(location.hash.slice(1) || null);
});
if (idInAddress) await open(idInAddress);
await sessions.refresh();
document.body.dataset.ready = "true";
document.getElementById("main").append(words.setText(element("div", { class: "drop-hint", "aria-hidden": "true" }), "drop"));
