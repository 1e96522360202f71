/** The playground page: messages, sets of parameters, and everything that is known about the answers. */

import { element } from "/web/frame/dom.js";
import { openPage } from "/web/frame/frame.js";
import { Bench } from "./bench.js";
import { PROMPTS } from "./prompt_strings.js";
import { PLAYGROUND } from "./strings.js";

const page = await openPage(PLAYGROUND, PROMPTS);
const { api, words } = page;

try {
  const requests = [api.json("/playground/parameters"), api.json("/v1/models")];
  const [{ parameters: specs }, { data: models }] = await Promise.all(requests);
  const bench = new Bench(page, specs, models[0].id);
  await bench.follow();
  addEventListener("hashchange", () => bench.follow());
} catch (error) {
  // without a key nothing can be shown
  const again = element("button", { type: "button", class: "button", on: { click: () => location.reload() } });
  const text = element("p", { class: "error", role: "alert" }, error.message);
  document.getElementById("toolbar").append(text, words.setText(again, "try-again"));
}
document.body.dataset.ready = "true";
