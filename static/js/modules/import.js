// A file may be dropped on the form, and one that is too large is not sent at all.
(() => {
  const LARGEST = 16 * 1024 * 1024;
  const place = (event) => event.target.closest?.("[data-drop]");

  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      const found = place(event);
      if (!found) return;
      event.preventDefault();
      found.classList.add("over");
    });
  }

  document.addEventListener("dragleave", (event) => {
    const found = place(event);
    if (found && !found.contains(event.relatedTarget)) found.classList.remove("over");
  });

  document.addEventListener("drop", (event) => {
    const found = place(event);
    if (!found) return;
    event.preventDefault();
    found.classList.remove("over");
    const input = found.querySelector("input[type=file]");
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });

  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!place(event) || input.type !== "file") return;
    const isLarge = input.files[0]?.size > LARGEST;
    input.setCustomValidity(isLarge ? "The file is larger than 16 MiB. Split it." : "");
    input.reportValidity();
  });
})();
