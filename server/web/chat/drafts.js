/**
 * Questions that are not sent yet, so that a reload does not lose them.
 *
 * They are kept in sessionStorage: each tab has its own, and they are gone with the tab, as a computer at a counter has
 * many users.
 */

const MAX_DRAFTS = 20;
const MAX_TEXT_LENGTH = 50_000;
const MAX_PICTURES_LENGTH = 2_000_000;
/** In characters of all data URLs together: browsers keep about 5 million. */

const MAX_AGE_MS = 7 * 24 * 3600 * 1000;

export class Drafts {
  /** Pages whose drafts are of the same sessions have prefixes of their own. */
  constructor(prefix = "draft:") {
    this.prefix = prefix;
  }

  getName(id) {
    return `${this.prefix}${id ?? "new"}`;
  }

  /**
   * Return the draft of a session: its text, its pictures as data URLs, and whether some were too large to be kept. A
   * new session has the id null.
   */
  read(id) {
    const { text = "", pictures = [], isCut = false } = this.list().find(({ name }) => name === this.getName(id)) ?? {};
    return { text, pictures, isCut };
  }

  /** Keep a draft. `pictures` are data URLs, or null for those that are too large. An empty draft is removed. */
  write(id, { text, pictures }) {
    this.remove(id);
    if (!text && !pictures.length) return;
    const others = this.list();
    const taken = others.reduce((sum, other) => sum + countPictures(other.pictures), 0);
    const kept = pictures.filter(Boolean);
    const hasRoom = taken + countPictures(kept) <= MAX_PICTURES_LENGTH;
    for (const { name } of others.slice(MAX_DRAFTS - 1)) tryStorage((storage) => storage.removeItem(name));
    const draft = { text: text.slice(0, MAX_TEXT_LENGTH), pictures: hasRoom ? kept : [], time: Date.now() };
    store(this.getName(id), { ...draft, isCut: draft.pictures.length < pictures.length });
  }

  remove(id) {
    tryStorage((storage) => storage.removeItem(this.getName(id)));
  }

  /** Return all drafts, newest first, and forget those that are too old or not readable. */
  list() {
    const names = tryStorage((storage) => Object.keys(storage).filter((name) => name.startsWith(this.prefix))) ?? [];
    const drafts = names.map((name) => ({ name, ...parse(sessionStorage.getItem(name)) }));
    const isKept = ({ time }) => time > Date.now() - MAX_AGE_MS;
    for (const { name } of drafts.filter((draft) => !isKept(draft))) sessionStorage.removeItem(name);
    return drafts.filter(isKept).sort((one, other) => other.time - one.time);
  }
}

function countPictures(pictures) {
  return pictures.reduce((sum, url) => sum + url.length, 0);
}

/** Store a draft, without its pictures where the browser has no room for them. */
function store(name, draft) {
  const tryKeeping = (kept) => tryStorage((storage) => storage.setItem(name, JSON.stringify(kept)) === undefined);
  if (!tryKeeping(draft)) tryKeeping({ ...draft, pictures: [], isCut: draft.pictures.length > 0 || draft.isCut });
}

/** Return null where the browser does not allow storage, or has no room. */
function tryStorage(action) {
  try {
    return action(sessionStorage);
  } catch {
    return null;
  }
}

function parse(text) {
  try {
    const draft = JSON.parse(text);
    return typeof draft.text === "string" && Array.isArray(draft.pictures) ? draft : {};
  } catch {
    return {};
  }
}
