/** Sets the theme before the page is drawn, so that a dark page does not flash white: not a module, in the head. */
{
  let theme = null;
  try {
    theme = localStorage.getItem("theme");
  } catch {
    // the system's theme is used
  }
  const isDark = theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
}
