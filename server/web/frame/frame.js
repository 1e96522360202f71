/** What every page has: a head with the pages, the connection, the language, the colours and the key. */

import { Api } from "./api.js";
import { Connection } from "./connection.js";
import { element, iconButton } from "./dom.js";
import { Keys } from "./keys.js";
import { FRAME } from "./strings.js";
import { themeSwitch } from "./theming.js";
import { LANGUAGES, Words } from "./words.js";

/** Paths of the pages, and the names of their words. */
const PAGES = { "/": "page-chat", "/playground": "page-playground", "/ops": "page-ops" };

/** Draws the head into `#top`; `start` are further elements before its title. Throws what the network does. */
export async function openPage(strings, makeStart = () => []) {
  const words = new Words(FRAME, strings);
  const connection = new Connection(words);
  const keys = new Keys(words);
  const api = new Api(words, keys, connection);
  words.translate(document);
  document.getElementById("top").append(...makeStart(words), brand(words), connection.shown, switches(words, keys));
  const config = await patiently(connection, () => api.json("/pages/config"));
  document.querySelector("#key").hidden = !config.needs_key;
  if (config.is_demo) document.querySelector(".brand").append(words.say(element("span", { class: "tag" }), "demo"));
  return { words, connection, keys, api, config };
}

/** A page that was opened before its server waits for it. */
async function patiently(connection, action) {
  for (;;) {
    try {
      return await action();
    } catch {
      await new Promise((resolve) => connection.onReturn(resolve));
    }
  }
}

function brand(words) {
  const name = words.say(element("span", { class: "product" }), "product");
  const paths = Object.entries(PAGES);
  const links = paths.map(([path, key]) => {
    const current = path === location.pathname ? "page" : null;
    return words.say(element("a", { href: path, "aria-current": current }), key);
  });
  const nav = words.label(element("nav", {}, ...links), "pages");
  return element("div", { class: "brand" }, name, paths.length > 1 ? nav : null);
}

function switches(words, keys) {
  const other = () => (words.language === "zh" ? "en" : "zh");
  const shown = () => LANGUAGES[other()].slice(0, 2).replace("En", "EN");
  const language = element("button", { type: "button", id: "language", class: "icon-button" }, shown());
  words.label(language, "language");
  language.addEventListener("click", () => words.use(other()));
  words.onChange(() => {
    language.textContent = shown();
  });
  const key = iconButton(words, "key", "key", () => keys.ask(), { id: "key", hidden: true });
  return element("div", { class: "switches" }, key, language, themeSwitch(words));
}
