// The review meeting: 1 to 4 choose the decision, ⌘/Ctrl Enter saves and goes on, the clock runs.
(() => {
  const form = document.querySelector(".decision-form");

  document.addEventListener("keydown", (event) => {
    if (!form) return;
    if ((event.metaKey || event.ctrlKey) && event.key === "Enter") {
      event.preventDefault();
      form.requestSubmit(form.querySelector(".primary"));
      return;
    }
    const typing = /^(TEXTAREA|SELECT)$/.test(event.target.tagName) || (event.target.tagName === "INPUT" && event.target.type !== "radio");
    if (typing || event.metaKey || event.ctrlKey || event.altKey || document.body.dataset.dashboard === undefined) return;
    const choice = form.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (choice) {
      choice.checked = true;
      choice.focus();
      choice.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });

  // data-clock-since: the instant the meeting began, ISO 8601
  const clock = document.querySelector("[data-clock-since]");
  if (clock) {
    const began = Date.parse(clock.dataset.clockSince);
    const show = () => {
      const seconds = Math.max(0, Math.floor((Date.now() - began) / 1000));
      clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    };
    show();
    setInterval(show, 1000);
  }
})();
