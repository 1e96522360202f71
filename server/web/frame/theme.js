/** Runs before the page is drawn, so that a dark room stays dark: no module, and in the head. */
{
  let wanted = null;
  try {
    wanted = localStorage.getItem("theme");
  } catch {
    // the system's then
  }
  const isDark = wanted ? wanted === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
}
