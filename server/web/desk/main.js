/** The desk, where people answer customers. */

import { element } from "/web/frame/dom.js";
import { openPage } from "/web/frame/frame.js";
import { Refusal } from "/web/knowledge/refusal.js";
import { Canned } from "./canned.js";
import { openCannedDialog } from "./canned_dialog.js";
import { CannedMenu } from "./canned_menu.js";
import { Composer } from "./composer.js";
import { Desk } from "./desk.js";
import { DeskEvents } from "./events.js";
import { DeskHead } from "./desk_head.js";
import { Details } from "./details.js";
import { SessionList } from "./list.js";
import { OwnName } from "./own_name.js";
import { SessionView } from "./session_view.js";
import { listenForKeys, openKeys } from "./shortcuts.js";
import { Sound } from "./sound.js";
import { DESK } from "./strings.js";
import { Tabs } from "./tabs.js";
import { WaitingNotice } from "./waiting_notice.js";

const page = await openPage(DESK);
const { words, keys } = page;
const sound = new Sound();
const ownName = new OwnName(words);
const canned = new Canned(page);
const manage = () => openCannedDialog(page, canned);

const refusal = new Refusal(page, { begin: () => desk.begin() });
const notice = new WaitingNotice(words, sound);
const head = new DeskHead(page, { sound, ownName, interrupt: () => desk.interrupt(), manage, showKeys: () => openKeys(words) });
const list = new SessionList(page, { open: (id) => desk.visit(id), take: (session) => desk.takeFromList(session), leave: () => tabs.focus() });
const tabs = new Tabs(words, list.root, { chosen: (state) => desk.turnTo(state) });
const composer = new Composer(page, { send: (unsent) => desk.send(unsent) });
const menu = new CannedMenu(page, composer, canned, { manage });
const details = new Details(page, { close: () => desk.showDetails(false) });
const view = new SessionView(page, { composer, act: (name) => desk.act(name), leave: () => desk.leave(), toggleDetails: () => desk.showDetails(!desk.hasDetails) });
const lists = element("nav", { class: "lists" }, head.root, tabs.root, list.root);
words.setLabel(lists, "lists").removeAttribute("title");
const body = element("div", { id: "shown", class: "columns", hidden: true }, lists, view.root, details.root);
const desk = new Desk(page, { refusal, notice, head, tabs, list, view, details, composer, ownName, body });
const events = new DeskEvents(page, { told: (event) => desk.hear(event), failed: (isFailing) => head.setLive(!isFailing) });
desk.events = events;
const heading = words.setText(element("h1", { class: "unseen" }), "page-desk"); // also where a phone shows a session
document.getElementById("main").append(heading, refusal.root, notice.root, body);

listenForKeys({ next: () => desk.openNext(), leave: () => desk.leave(), canned: () => composer.canWrite && menu.toggle() });
addEventListener("popstate", () => desk.show(location.hash.slice(1) || null));
words.onChange(() => desk.redraw());
keys.onChange(() => desk.begin());
await desk.begin();
