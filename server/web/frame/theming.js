/** The switch between the system's colours, light and dark. `theme.js` has set the first already. */

import { iconButton, keepSetting, setIcon, setting } from "./dom.js";

const THEMES = ["auto", "light", "dark"];

export function themeSwitch(words) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  let theme = setting("theme") || "auto";
  const show = () => {
    const isDark = theme === "auto" ? system.matches : theme === "dark";
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
    words.label(button, `theme-${theme}`);
    setIcon(button, theme);
  };
  const next = () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    keepSetting("theme", theme === "auto" ? "" : theme);
    show();
  };
  const button = iconButton(words, "auto", "theme-auto", next, { id: "theme" });
  system.addEventListener("change", show);
  show();
  return button;
}
