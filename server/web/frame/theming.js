/** The switch between the system's theme, light and dark. `theme.js` has set the first one already. */

import { iconButton, readSetting, setIcon, writeSetting } from "./dom.js";

const THEMES = ["auto", "light", "dark"];

export function createThemeSwitch(words) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  let theme = readSetting("theme") || "auto";
  const show = () => {
    const isDark = theme === "auto" ? system.matches : theme === "dark";
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
    words.setLabel(button, `theme-${theme}`);
    setIcon(button, theme);
  };
  const next = () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    writeSetting("theme", theme === "auto" ? "" : theme);
    show();
  };
  const button = iconButton(words, "auto", "theme-auto", next, { id: "theme" });
  system.addEventListener("change", show);
  show();
  return button;
}
