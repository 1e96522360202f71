/**
 * The texts of the pages in Chinese and English, and the current language.
 *
 * Elements remember the key of their text, so that `setLanguage()` can change the language of a page in use.
 */

import { readSetting, writeSetting } from "./dom.js";

export const LANGUAGES = { zh: "中文", en: "English" };

export class Words {
  /** `strings` are objects with `zh` and `en`; `{name}` in a text stands for a value. */
  constructor(...strings) {
    const merged = (code) => Object.assign({}, ...strings.map((some) => some[code]));
    this.texts = { zh: merged("zh"), en: merged("en") };
    const wanted = [readSetting("language"), ...navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase())];
    this.language = wanted.find((code) => code in LANGUAGES) || "en";
    this.listeners = [];
  }

  setLanguage(language) {
    this.language = language;
    writeSetting("language", language);
    this.translate(document);
    for (const listener of this.listeners) listener();
  }

  /** Call `listener` after each change of the language. */
  onChange(listener) {
    this.listeners.push(listener);
  }

  text(key, values = {}) {
    const text = this.texts[this.language][key];
    if (text === undefined) throw new Error(`no words for ${key}`);
    return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  }

  setText(element, key, values = {}) {
    element.dataset.text = key;
    element.dataset.values = JSON.stringify(values);
    element.textContent = this.text(key, values);
    return element;
  }

  /** Set the label and tooltip of an element that has no text. */
  setLabel(element, key, values = {}) {
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
      this.setLabel(element, element.dataset.label, values(element));
    }
    for (const element of root.querySelectorAll("[data-placeholder]")) {
      element.placeholder = this.text(element.dataset.placeholder);
    }
  }
}
