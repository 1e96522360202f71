/** The knowledge page: collections with their documents, what a question finds, the product graph, and what found nothing. */

import { DOCUMENTS } from "/web/chat/document_strings.js";
import { element } from "/web/frame/dom.js";
import { openPage } from "/web/frame/frame.js";
import { Address } from "./address.js";
import { Collections } from "./collections.js";
import { DocumentsPanel } from "./documents_panel.js";
import { GraphPanel } from "./graph_panel.js";
import { HitsPanel } from "./hits_panel.js";
import { Refusal } from "./refusal.js";
import { KNOWLEDGE } from "./strings.js";
import { GRAPH } from "./graph_strings.js";
import { Tabs } from "./tabs.js";
import { UnansweredPanel } from "./unanswered_panel.js";

const page = await openPage(DOCUMENTS, GRAPH, KNOWLEDGE);
const { words, connection, keys } = page;
const address = new Address();
const refusal = new Refusal(page, { begin });
Object.assign(page, { refusal });

const collections = new Collections(page, { chosen: turnTo });
const documents = new DocumentsPanel(page, { changed: () => collections.load() });
const hits = new HitsPanel(page);
const graph = new GraphPanel(page);
const tabs = new Tabs(words, { documents, hits, graph }, { turned: show });
const unanswered = new UnansweredPanel(page, { test });

tabs.root.hidden = true;
const body = element("div", { id: "shown", hidden: true }, collections.list, element("div", { class: "work" }, collections.head, tabs.root), unanswered.root);
document.getElementById("main").append(words.setText(element("h1"), "page-knowledge"), refusal.root, body);

/** Read everything, at the start, with another key and in another language. */
async function begin() {
  const { name } = collections;
  const isRead = await collections.load(name ?? address.collection);
  if (refusal.isShown) return;
  body.hidden = false;
  if (isRead && name === collections.name && name !== null) tabs.panels[address.view].load();
  if (isRead) await unanswered.load();
  document.body.dataset.ready = "true";
}

/** Turn to another collection; null where there is none. */
function turnTo(name) {
  for (const panel of [documents, hits, graph]) panel.turnTo(name);
  tabs.root.hidden = name === null;
  unanswered.setTestable(name !== null);
  tabs.choose(address.view);
}

function show(view) {
  address.set({ collection: collections.name, view });
  if (collections.name !== null) tabs.panels[view].load();
}

/** Try in the hit test what a customer asked. */
function test(question) {
  tabs.choose("hits");
  hits.ask(question);
}

words.onChange(() => begin());
connection.onReturn(() => begin());
keys.onChange(() => begin());
await begin();
