/** Cards of products that the demo model knows, so that the first answer is right. */

import { element } from "/web/frame/dom.js";
import { Picture } from "./pictures.js";

const CARDS = {
  "blue-striped-shirt": { zh: "蓝色条纹衬衫", en: "Striped blue shirt" },
  "red-plain-dress": { zh: "红色连衣裙", en: "Plain red dress" },
  "green-dotted-skirt": { zh: "绿色圆点半身裙", en: "Dotted green skirt" },
  "brown-plain-bag": { zh: "棕色包", en: "Plain brown bag" },
  "purple-dotted-hat": { zh: "紫色圆点帽子", en: "Dotted purple hat" },
  "yellow-plain-umbrella": { zh: "黄色雨伞", en: "Plain yellow umbrella" },
  "white-striped-sock": { zh: "白色条纹袜子", en: "Striped white sock" },
  "pink-dotted-dress": { zh: "粉色圆点连衣裙", en: "Dotted pink dress" },
};

/** Create the list of cards; `ask(question)` is called when one is clicked. */
export function createSampleCards({ words, api }, ask) {
  const cards = Object.entries(CARDS).map(([name, title]) => {
    const path = `/web/samples/${name}.webp`;
    const image = element("img", { src: path, alt: title[words.language] });
    words.onChange(() => (image.alt = title[words.language]));
    const click = async () => {
      const blob = await (await fetch(path)).blob();
      ask({ text: words.text("sample-question"), pictures: [new Picture(api, blob)] });
    };
    return element("li", {}, element("button", { type: "button", class: "card", on: { click } }, image));
  });
  return element("ul", { class: "cards" }, ...cards);
}
