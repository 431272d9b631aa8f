// The command palette: a dialog, a search on the server, arrows and Enter.
(() => {
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const form = dialog.querySelector("form");
  const input = dialog.querySelector("input");
  const results = dialog.querySelector(".results");
  let waiting = 0;
  let asked = 0;

  const links = () => [...results.querySelectorAll("a")];

  const select = (wanted) => {
    links().forEach((link, index) => link.setAttribute("aria-selected", String(index === wanted)));
    links()[wanted]?.scrollIntoView({ block: "nearest" });
  };

  const selected = () => links().findIndex((link) => link.getAttribute("aria-selected") === "true");

  const ask = async () => {
    const turn = ++asked;
    const address = new URL(form.action);
    address.searchParams.set("q", input.value.trim());
    try {
      const answer = await fetch(address, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
      if (turn !== asked) return;
      if (!answer.ok) throw new Error(answer.status);
      results.innerHTML = await answer.text();
      select(0);
    } catch {
      if (turn === asked) results.textContent = "";
    }
  };

  const open = () => {
    if (dialog.open) return;
    input.value = "";
    results.textContent = "";
    dialog.showModal();
    input.focus();
    ask();
  };

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 120);
  });

  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.preventDefault(); // a search field would only empty itself
      dialog.close();
    }
    const count = links().length;
    if (!count || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
    event.preventDefault();
    select((selected() + (event.key === "ArrowDown" ? 1 : count - 1)) % count);
  });

  form.addEventListener("submit", (event) => {
    const link = links()[Math.max(selected(), 0)];
    event.preventDefault();
    if (link) location.assign(link.href);
  });

  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette]")) open();
  });

  document.addEventListener("keydown", (event) => {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  });

  document.addEventListener("kpitrack:search", open);

  if (!/Mac|iPhone|iPad/.test(navigator.platform)) {
    document.querySelectorAll(".search-button kbd").forEach((key) => (key.textContent = "Ctrl K"));
  }
})();
