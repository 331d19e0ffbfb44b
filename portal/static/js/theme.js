// In the head, before the first paint: the theme a person chose, or the system's.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const chosen = root.dataset.theme;
    root.dataset.bsTheme = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
  };
  root.dataset.js = "";
  dark.addEventListener("change", apply);
  apply();
})();
