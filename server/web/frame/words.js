/**
 * What people read, in Chinese or English, and which of them.
 *
 * An element remembers what it says, so that `use()` changes the language of all that is shown, and nothing is lost.
 */

import { keepSetting, setting } from "./dom.js";

export const LANGUAGES = { zh: "中文", en: "English" };

export class Words {
  /** `strings` are objects of `zh` and `en`; `{name}` in a text stands for a value. */
  constructor(...strings) {
    const merged = (code) => Object.assign({}, ...strings.map((some) => some[code]));
    this.texts = { zh: merged("zh"), en: merged("en") };
    const wanted = [setting("language"), ...navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase())];
    this.language = wanted.find((code) => code in LANGUAGES) || "en";
    this.listeners = [];
  }

  use(language) {
    this.language = language;
    keepSetting("language", language);
    this.translate(document);
    for (const listener of this.listeners) listener();
  }

  /** `listener` is called after each change of the language. */
  onChange(listener) {
    this.listeners.push(listener);
  }

  text(key, values = {}) {
    const text = this.texts[this.language][key];
    if (text === undefined) throw new Error(`no words for ${key}`);
    return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  }

  say(element, key, values = {}) {
    element.dataset.text = key;
    element.dataset.values = JSON.stringify(values);
    element.textContent = this.text(key, values);
    return element;
  }

  /** What an element without a text of its own is called. */
  label(element, key, values = {}) {
    element.dataset.label = key;
    element.dataset.values = JSON.stringify(values);
    element.title = this.text(key, values);
    element.setAttribute("aria-label", element.title);
    return element;
  }

  translate(root) {
    document.documentElement.lang = this.language === "zh" ? "zh-CN" : "en";
    const values = (element) => JSON.parse(element.dataset.values || "{}");
    for (const element of root.querySelectorAll("[data-text]")) {
      element.textContent = this.text(element.dataset.text, values(element));
    }
    for (const element of root.querySelectorAll("[data-label]")) {
      this.label(element, element.dataset.label, values(element));
    }
    for (const element of root.querySelectorAll("[data-placeholder]")) {
      element.placeholder = this.text(element.dataset.placeholder);
    }
  }
}
