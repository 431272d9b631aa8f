// Single keys: search, go, note, value, explore, and the help. Off where the person switched
// them off (no addresses on <body>), and never while typing.
(() => {
  const places = document.body.dataset;
  if (places.dashboard === undefined) return;
  const go = { d: places.dashboard, i: places.indicators, r: places.reviews };
  let pending = false;

  const press = (selector) => {
    const target = document.querySelector(selector);
    if (target) target.click();
    return Boolean(target);
  };

  const keys = {
    "/": () => document.dispatchEvent(new CustomEvent("kpitrack:search")) || true,
    "?": () => document.getElementById("shortcuts")?.showModal() ?? true,
    n: () => press("[data-key-note]"),
    v: () => press("[data-key-value]"),
    e: () => press("[data-explore]"),
    j: () => press("[data-key-next]"),
    k: () => press("[data-key-previous]"),
  };

  const isTyping = (target) =>
    target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || document.querySelector("dialog[open]");

  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
    if (pending && go[event.key]) {
      pending = false;
      location.assign(go[event.key]);
      return;
    }
    pending = event.key === "g";
    if (pending) setTimeout(() => (pending = false), 1200);
    else if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
})();
