/**
 * Puts the chat window into a page of a shop: a button, and a frame of this server that it opens.
 *
 * <script src="https://server/widget.js" data-token-callback="getShopToken" data-language="en" defer></script>
 *
 * `data-token-callback` names a function of the page that returns the customer's token, or a promise of it, or null;
 * `data-language` is zh or en; `data-theme` is dark or light, and the system's without it. The page gets one name,
 * `MiniCPMVWidget`, and one element, whose styles are its own in both directions.
 */
(() => {
  if (window.MiniCPMVWidget) return;
  const { src, dataset } = document.currentScript;
  const server = new URL(src).origin;
  const TEXTS = {
    zh: { area: "在线客服", open: "打开在线客服", close: "收起在线客服" },
    en: { area: "Customer service", open: "Open the chat", close: "Close the chat" },
  };
  const SIGNS = {
    open: "M5 5h14v10h-8l-4 4v-4H5z",
    close: "M6 6l12 12M18 6 6 18",
  };
  const STYLES = `
    :host { all: initial !important; }
    button, iframe { position: fixed; right: max(20px, env(safe-area-inset-right)); z-index: 2147483000; border: 0; }
    button {
      bottom: max(20px, env(safe-area-inset-bottom)); display: grid; place-items: center; width: 56px; height: 56px;
      padding: 0; border-radius: 50%; background: #2456c9; color: #fff; box-shadow: 0 4px 16px rgb(0 0 0 / 30%);
      cursor: pointer;
    }
    button:hover { filter: brightness(1.08); }
    button:focus-visible { outline: 3px solid #2456c9; outline-offset: 3px; box-shadow: 0 0 0 3px #fff; }
    svg { width: 26px; height: 26px; fill: none; stroke: currentcolor; stroke-width: 2; stroke-linecap: round;
      stroke-linejoin: round; }
    iframe {
      bottom: 88px; width: 400px; max-width: calc(100vw - 40px); height: min(640px, 100vh - 108px);
      border-radius: 16px; background: #f5f6f8; box-shadow: 0 8px 40px rgb(0 0 0 / 30%);
    }
    iframe.dark { background: #101318; color-scheme: dark; }
    iframe[hidden] { display: none; }
    @media (max-width: 520px), (max-height: 420px) {
      iframe { inset: 0; width: 100%; max-width: none; height: 100%; border-radius: 0; }
      button[aria-expanded="true"] { display: none; }
    }`;
  const tongue = dataset.language || document.documentElement.lang || navigator.language;
  const language = tongue.slice(0, 2).toLowerCase() === "zh" ? "zh" : "en";
  const texts = TEXTS[language];
  let token = null;
  let frame = null;
  let isLoaded = false; // before that the page of the frame is an empty one of this origin
  let opener = null;

  const host = document.createElement("div");
  const area = make("section", { "aria-label": texts.area });
  const button = make("button", { type: "button", "aria-expanded": "false" });
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet(); // the page's policy needs to allow no styles for this
  sheet.replaceSync(STYLES);
  root.adoptedStyleSheets = [sheet];
  area.append(button);
  root.append(area);
  show("open");
  button.addEventListener("click", () => (isOpen() ? close() : open()));
  area.addEventListener("keydown", (event) => event.key === "Escape" && isOpen() && close());
  addEventListener("message", receive);
  if (document.body) place();
  else addEventListener("DOMContentLoaded", place);

  function place() {
    document.body.append(host);
  }

  function make(name, attributes) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  /** Show what the button does next. */
  function show(action) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    path.setAttribute("d", SIGNS[action]);
    svg.append(path);
    button.replaceChildren(svg);
    button.setAttribute("aria-label", texts[action]);
    button.setAttribute("aria-expanded", String(action === "close"));
  }

  function isOpen() {
    return frame !== null && !frame.hidden;
  }

  function open() {
    if (isOpen()) return;
    opener = document.activeElement;
    frame ??= createFrame();
    frame.hidden = false;
    show("close");
    frame.focus();
    send({ minicpmv: "show" });
  }

  function close() {
    if (!isOpen()) return;
    frame.hidden = true;
    send({ minicpmv: "hide" });
    show("open");
    const isElsewhere = opener && opener !== document.body && opener !== host && opener.isConnected;
    (isElsewhere ? opener : button).focus();
  }

  function createFrame() {
    const wanted = new URLSearchParams({ language, theme: dataset.theme ?? "" });
    const isDark = dataset.theme ? dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    const made = make("iframe", {
      src: `${server}/widget?${wanted}`,
      title: texts.area,
      class: isDark ? "dark" : "light",
      sandbox: "allow-scripts allow-same-origin allow-forms allow-downloads",
      allow: "clipboard-write",
    });
    made.addEventListener("load", () => {
      isLoaded = true;
      send({ minicpmv: "connect" });
      if (isOpen()) send({ minicpmv: "show" });
    });
    area.prepend(made);
    return made;
  }

  /** Send to the frame, and to nothing that may have come in its place. */
  function send(message) {
    if (isLoaded) frame?.contentWindow?.postMessage(message, server);
  }

  function receive({ source, origin, data }) {
    if (frame === null || source !== frame.contentWindow || origin !== server) return;
    if (data?.minicpmv === "close") close();
    if (data?.minicpmv === "token-wanted") answer(data.id);
  }

  async function answer(id) {
    try {
      send({ minicpmv: "token", id, token: await findToken(), failed: false });
    } catch (error) {
      console.error("MiniCPMVWidget: no token from the page:", error);
      send({ minicpmv: "token", id, token: null, failed: true });
    }
  }

  /** Return the token of the page's customer, or null where nobody is signed in. */
  async function findToken() {
    const name = dataset.tokenCallback;
    if (!name) return token;
    if (typeof window[name] !== "function") throw new TypeError(`${name} is no function of the page`);
    return (await window[name]()) || null;
  }

  /** Use a token from now on; null where the customer has left. */
  function setToken(given) {
    token = given || null;
    send({ minicpmv: "token", token });
  }

  function destroy() {
    removeEventListener("message", receive);
    removeEventListener("DOMContentLoaded", place);
    host.remove();
    frame = null;
    delete window.MiniCPMVWidget;
  }

  const value = Object.freeze({ open, close, setToken, destroy });
  Object.defineProperty(window, "MiniCPMVWidget", { value, configurable: true });
})();
