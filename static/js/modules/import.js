// A file may be dropped on the form, and one that is larger than its data-largest is not sent at all.
(() => {
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
    const isLarge = input.files[0]?.size > Number(input.dataset.largest);
    input.setCustomValidity(isLarge ? input.dataset.tooLarge : "");
    input.reportValidity();
  });
})();
