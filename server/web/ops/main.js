/** The operations page: the state of the server now and in the last half hour. */

import { openPage } from "/web/frame/frame.js";
import { Charts } from "./charts.js";
import { Feed } from "./feed.js";
import { Notice } from "./notice.js";
import { OPS } from "./strings.js";
import { Lists } from "./lists.js";
import { Tiles } from "./tiles.js";
import { WorthPanel } from "./worth.js";
import { element } from "/web/frame/dom.js";

const page = await openPage(OPS);
const { words, connection, keys } = page;
const notice = new Notice(page);
const tiles = new Tiles(words);
const charts = new Charts(words);
const worth = new WorthPanel(page);
const lists = new Lists(words);
const feed = new Feed(page, { show, fail });

const pause = words.setText(element("button", { type: "button", class: "button", id: "pause" }), "pause");
pause.addEventListener("click", () => {
  feed.pause(!feed.isPaused);
  words.setText(pause, feed.isPaused ? "resume" : "pause");
});
const body = element("div", { id: "shown", hidden: true }, tiles.root, charts.root, worth.root, lists.root);
const head = element("div", { class: "ops-head" }, words.setText(element("h1"), "page-ops"), pause);
document.getElementById("main").append(head, notice.root, body);

function show() {
  notice.show(feed.state);
  body.hidden = false;
  pause.hidden = false;
  tiles.show(feed);
  charts.show(feed);
  worth.show();
  lists.show(feed.state);
  document.body.dataset.ready = "true";
}

/** Keep the last numbers while the connection is lost, but hide them from users who are not allowed to see them. */
function fail(error) {
  if (error.status) notice.showError(error);
  if (error.status === 401 || error.status === 403) {
    body.hidden = true;
    pause.hidden = true;
  }
}

words.onChange(() => feed.state && feed.refresh());
connection.onReturn(() => feed.begin());
keys.onChange(() => feed.begin());
await feed.begin();
