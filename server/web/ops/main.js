/** The operations page: what the server does now, and what it did in the last half hour. */

import { openPage } from "/web/frame/frame.js";
import { Charts } from "./charts.js";
import { Feed } from "./feed.js";
import { Notice } from "./notice.js";
import { OPS } from "./strings.js";
import { Lists } from "./lists.js";
import { Tiles } from "./tiles.js";
import { element } from "/web/frame/dom.js";

const page = await openPage(OPS);
const { words, connection, keys } = page;
const notice = new Notice(page);
const tiles = new Tiles(words);
const charts = new Charts(words);
const lists = new Lists(words);
const feed = new Feed(page, { show, fail });

const pause = words.say(element("button", { type: "button", class: "button", id: "pause" }), "pause");
pause.addEventListener("click", () => {
  feed.pause(!feed.isPaused);
  words.say(pause, feed.isPaused ? "resume" : "pause");
});
const body = element("div", { id: "shown", hidden: true }, tiles.root, charts.root, lists.root);
const head = element("div", { class: "ops-head" }, words.say(element("h1"), "page-ops"), pause);
document.getElementById("main").append(head, notice.root, body);

function show() {
  notice.show(feed.state);
  body.hidden = false;
  pause.hidden = false;
  tiles.show(feed);
  charts.show(feed);
  lists.show(feed.state);
  document.body.dataset.ready = "true";
}

/** Numbers of a moment ago stay while the connection is lost; who may not see them sees none. */
function fail(problem) {
  if (problem.status) notice.fail(problem);
  if (problem.status === 401 || problem.status === 403) {
    body.hidden = true;
    pause.hidden = true;
  }
}

words.onChange(() => feed.state && feed.refresh());
connection.onReturn(() => feed.begin());
keys.onChange(() => feed.begin());
await feed.begin();
