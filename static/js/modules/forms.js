// A submitted form says that it is saving, and is not sent twice.
(() => {
  // Signing in in another tab changes the token: what is sent has that of the cookie, not of the page.
  globalThis.csrfToken = () => document.cookie.match(/(?:^|; )kpitrack_csrf=(\w+)/)?.[1] ?? "";

  document.addEventListener("htmx:configRequest", (event) => {
    if (csrfToken()) event.detail.headers["X-CSRFToken"] = csrfToken();
  });

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    const token = event.target.elements.csrfmiddlewaretoken;
    if (token && csrfToken()) token.value = csrfToken();
    if (event.defaultPrevented || !button || button.tagName !== "BUTTON" || event.target.method === "dialog") return;
    if (button.getAttribute("aria-busy") === "true") {
      event.preventDefault();
      return;
    }
    button.setAttribute("aria-busy", "true");
    if (button.dataset.busy) button.textContent = button.dataset.busy;
  });

  // A page that comes back from the browser's memory is not saving any more.
  addEventListener("pageshow", () =>
    document.querySelectorAll("button[aria-busy=true]").forEach((button) => button.removeAttribute("aria-busy")));

  // Choosing a filter sends the form: data-send-on-change on the form.
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form && form.matches("[data-send-on-change]")) form.requestSubmit();
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
    if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  });
})();
