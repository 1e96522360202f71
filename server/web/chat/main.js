/** The chat page, for customers. */

import { RequestError } from "/web/frame/api.js";
import { element } from "/web/frame/dom.js";
import { openPage } from "/web/frame/frame.js";
import { Composer } from "./composer.js";
import { Dialogue } from "./dialogue.js";
import { createSampleCards } from "./samples.js";
import { Sessions } from "./sessions.js";
import { CHAT } from "./strings.js";
import { Transcript } from "./transcript.js";

const page = await openPage(CHAT);
const { words, config, connection, keys } = page;

const transcript = new Transcript(words);
const composer = new Composer(page, {
  ask: (text, pictures) => dialogue.ask(text, pictures),
  stop: () => dialogue.stop(),
});
const sessions = new Sessions(page, {
  open: (id) => open(id),
  begin: () => dialogue.begin(),
  removed: (id) => id === dialogue.id && dialogue.begin(),
});
document.getElementById("top").prepend(sessions.createOpenButton());
const samples = config.is_demo ? createSampleCards(words, (text, pictures) => dialogue.ask(text, pictures)) : null;
const idInAddress = location.hash.slice(1);
const dialogue = new Dialogue(page, { transcript, composer, sessions, samples });

/** Open a session; show an error in an empty one if it cannot be opened. */
async function open(id) {
  try {
    await dialogue.open(id);
  } catch (error) {
    dialogue.begin();
    composer.showError(error.status === 404 ? words.text("gone") : error.message);
  }
}

// a rating, a new title or a deletion that failed
addEventListener("unhandledrejection", (event) => {
  if (!(event.reason instanceof RequestError)) return;
  event.preventDefault();
  composer.showError(event.reason.message);
});
connection.onReturn(() => sessions.refresh());
keys.onChange(() => sessions.refresh());
addEventListener("hashchange", () => location.hash.slice(1) !== dialogue.id && open(location.hash.slice(1)));
if (idInAddress) await open(idInAddress);
await sessions.refresh();
document.body.dataset.ready = "true";
document.getElementById("main").append(words.setText(element("div", { class: "drop-hint", "aria-hidden": "true" }), "drop"));
