/** The chat page: what a customer sees. */

import { Problem } from "/web/frame/api.js";
import { element } from "/web/frame/dom.js";
import { openPage } from "/web/frame/frame.js";
import { Composer } from "./composer.js";
import { Dialogue } from "./dialogue.js";
import { sampleCards } from "./samples.js";
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
document.getElementById("top").prepend(sessions.opener());
const samples = config.is_demo ? sampleCards(words, (text, pictures) => dialogue.ask(text, pictures)) : null;
const asked = location.hash.slice(1);
const dialogue = new Dialogue(page, { transcript, composer, sessions, samples });

/** What is not there any more leaves an empty dialogue, and says so. */
async function open(id) {
  try {
    await dialogue.open(id);
  } catch (error) {
    dialogue.begin();
    composer.tell(error.status === 404 ? words.text("gone") : error.message);
  }
}

// a rating, a title or a deletion that failed
addEventListener("unhandledrejection", (event) => {
  if (!(event.reason instanceof Problem)) return;
  event.preventDefault();
  composer.tell(event.reason.message);
});
connection.onReturn(() => sessions.refresh());
keys.onChange(() => sessions.refresh());
addEventListener("hashchange", () => location.hash.slice(1) !== dialogue.id && open(location.hash.slice(1)));
if (asked) await open(asked);
await sessions.refresh();
document.body.dataset.ready = "true";
document.getElementById("main").append(words.say(element("div", { class: "drop-hint", "aria-hidden": "true" }), "drop"));
