/** Functions that create elements without HTML. */

const SVG = "http://www.w3.org/2000/svg";

/** SVG paths on a grid of 24 by 24. */
const ICONS = {
  attach: "M21 12.5 12.5 21a5.5 5.5 0 0 1-8-8L13 4.5a3.7 3.7 0 0 1 5.3 5.3L9.7 18.3a1.9 1.9 0 0 1-2.7-2.7l7.8-7.8",
  camera: "M4 8h3l2-3h6l2 3h3v11H4zM12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z",
  send: "M12 20V5M5.5 11.5 12 5l6.5 6.5",
  stop: "M7 7h10v10H7z",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  done: "M5 12.5 10 17.5 19 7",
  retry: "M20 5v5h-5M19.5 10a8 8 0 1 0 .5 4",
  up: "M7 11v9H4v-9zM7 11l4-8a2.2 2.2 0 0 1 2.5 2.5L13 9h6a1.8 1.8 0 0 1 1.8 2.2l-1.6 7.2A2 2 0 0 1 17.2 20H7",
  down: "M17 13V4h3v9zM17 13l-4 8a2.2 2.2 0 0 1-2.5-2.5L11 15H5a1.8 1.8 0 0 1-1.8-2.2l1.6-7.2A2 2 0 0 1 6.8 4H17",
  menu: "M4 6.5h16M4 12h16M4 17.5h16",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  fit: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20",
  rename: "M4 20h4L19 9l-4-4L4 16z",
  remove: "M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13",
  close: "M6 6l12 12M18 6 6 18",
  light: "M12 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M5 19l1.4-1.4M17.6 6.4 19 5",
  dark: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  auto: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 3.5v17M14 5.5l5.5 3M14 10h6.5M14 14.5h6M14 18.5l3.5-1",
  raise: "M12 19V5M6 11l6-6 6 6",
  lower: "M12 5v14M6 13l6 6 6-6",
  grip: "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4",
  text: "M5 6h14M12 6v13",
  run: "M7 5v14l11-7z",
  undo: "M4 5v5h5M4.5 10a8 8 0 1 1-.5 4",
  code: "M8 7l-5 5 5 5M16 7l5 5-5 5",
  save: "M5 4h11l3 3v13H5zM8 4v5h7V4M8 20v-6h8v6",
  open: "M4 19V6h5l2 2h9v11z",
  share: "M10 14 20 4M14 4h6v6M19 14v6H4V5h6",
  export: "M12 4v11M7 10l5 5 5-5M5 20h14",
  document: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
  table: "M4 5h16v14H4zM4 10h16M4 14.5h16M10 5v14",
  chart: "M4 20h16M7 20v-8M12 20V5M17 20v-5",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  previous: "M15 5l-7 7 7 7",
  next: "M9 5l7 7-7 7",
  bell: "M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 21h4",
  mute: "M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 21h4M4 3l16 18",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5a7.5 7.5 0 0 1 15 0",
  info: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 11v5.5M12 7.6h.01",
  keyboard: "M3 6.5h18v11H3zM7 10h.01M11 10h.01M15 10h.01M18 10h.01M8 14h8",
  canned: "M4 5h16v11H9l-5 4zM8 9h8M8 12h5",
  key: "M8.5 19a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM12 11.5 20 4M16.5 7.5 19 10",
};

/** Create an element. `on` has listeners by event; attributes that are null, undefined or false are left out. */
export function element(name, { on = {}, ...attributes } = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  for (const [event, listener] of Object.entries(on)) made.addEventListener(event, listener);
  made.append(...children.filter((child) => child !== null));
  return made;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Create a button that shows only an icon; `key` is the text for screen readers and its tooltip. */
export function iconButton(words, name, key, click, attributes = {}) {
  const button = element("button", { type: "button", class: "icon-button", on: { click }, ...attributes }, icon(name));
  words.setLabel(button, key);
  return button;
}

export function setIcon(button, name) {
  button.replaceChildren(icon(name));
}

/** Return a setting of this browser, or null where there is none or the browser stores nothing. */
export function readSetting(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function writeSetting(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // the setting is lost with the page
  }
}
