/** Sets the theme that the shop's page has asked for, else the system's, before the page is drawn: not a module. */
{
  const asked = new URLSearchParams(location.search).get("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    const isDark = ["dark", "light"].includes(asked) ? asked === "dark" : system.matches;
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
  };
  system.addEventListener("change", show);
  show();
}
