// Switches between light and dark and keeps the choice in a cookie, which the server reads:
// the next page comes in the right theme without a flash and without an inline script.
(() => {
  const root = document.documentElement;

  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

  // A page from the browser's memory may be older than the choice.
  addEventListener("pageshow", () => {
    const chosen = /(?:^|; )theme=(light|dark)/.exec(document.cookie)?.[1];
    if (chosen) root.dataset.theme = chosen;
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const theme = isDark() ? "light" : "dark";
    root.dataset.theme = theme;
    document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
    root.dispatchEvent(new CustomEvent("kpitrack:theme", { bubbles: true }));
  });
})();
