/** The header of every page: links to the pages, the connection, the language, the theme and the key. */

import { Api } from "./api.js";
import { Connection, retryUntilConnected } from "./connection.js";
import { element, iconButton } from "./dom.js";
import { Keys } from "./keys.js";
import { FRAME } from "./strings.js";
import { createThemeSwitch } from "./theming.js";
import { LANGUAGES, Words } from "./words.js";

/** The paths of the pages, and the keys of their names. */
const PAGES = { "/": "page-chat", "/playground": "page-playground", "/knowledge": "page-knowledge", "/desk": "page-desk", "/ops": "page-ops" };

/** Draw the header into `#top`, and return what the page works with. */
export async function openPage(...strings) {
  const words = new Words(FRAME, ...strings);
  const connection = new Connection(words);
  const keys = new Keys(words);
  const api = new Api(words, keys, connection);
  words.translate(document);
  listenForSkip();
  document.getElementById("top").append(createBrand(words), connection.shown, createSwitches(words, keys));
  document.querySelector("nav [aria-current]")?.scrollIntoView({ inline: "nearest", block: "nearest" });
  const config = await retryUntilConnected(connection, () => api.json("/pages/config"));
  document.querySelector("#key").hidden = !config.needs_key;
  if (config.is_demo) document.querySelector(".brand").append(words.setText(element("span", { class: "tag" }), "demo"));
  return { words, connection, keys, api, config };
}

/** Move the focus without a new address, which names what the page shows. */
function listenForSkip() {
  const skip = document.querySelector(".skip");
  skip.addEventListener("click", (event) => {
    event.preventDefault();
    document.querySelector(skip.getAttribute("href")).focus();
  });
}

function createBrand(words) {
  const name = words.setText(element("span", { class: "product" }), "product");
  const paths = Object.entries(PAGES);
  const links = paths.map(([path, key]) => {
    const current = path === location.pathname ? "page" : null;
    return words.setText(element("a", { href: path, "aria-current": current }), key);
  });
  const nav = words.setLabel(element("nav", {}, ...links), "pages");
  return element("div", { class: "brand" }, name, paths.length > 1 ? nav : null);
}

function createSwitches(words, keys) {
  const other = () => (words.language === "zh" ? "en" : "zh");
  const shown = () => LANGUAGES[other()].slice(0, 2).replace("En", "EN");
  const language = element("button", { type: "button", id: "language", class: "icon-button" }, shown());
  words.setLabel(language, "language");
  language.addEventListener("click", () => words.setLanguage(other()));
  words.onChange(() => {
    language.textContent = shown();
  });
  const key = iconButton(words, "key", "key", () => keys.ask(), { id: "key", hidden: true });
  return element("div", { class: "switches" }, key, language, createThemeSwitch(words));
}
