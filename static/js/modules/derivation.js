// Where values come from, on the definition form: inputs are asked for only where values are computed,
// and "Add" puts a found key where it belongs: into a formula at the cursor, else into the list.
(() => {
  for (const part of document.querySelectorAll("[data-derivation]")) {
    const kind = part.querySelector("[name=source_kind]");
    const inputs = part.querySelector("[name=inputs]");
    const formula = part.querySelector("[name=formula]");
    const pick = part.querySelector("[data-pick]");

    const show = () => {
      for (const block of part.querySelectorAll("[data-derived]")) block.hidden = kind.value === "measured";
    };

    const changed = (field) => field.dispatchEvent(new Event("input", { bubbles: true }));

    const keyOf = (text) => {
      const options = [...pick.list.options];
      const found = options.find((one) => one.value === text) ||
        options.find((one) => one.textContent.toLowerCase() === text.toLowerCase());
      return found ? found.value : text;
    };

    const add = () => {
      const key = keyOf(pick.value.trim());
      if (!key) return;
      if (kind.value === "formula") {
        formula.setRangeText(`{${key}}`, formula.selectionStart, formula.selectionEnd, "end");
        formula.focus();
        changed(formula);
      } else {
        const held = inputs.value.split(",").map((one) => one.trim()).filter(Boolean);
        inputs.value = [...held, key].join(", ");
        changed(inputs);
      }
      pick.value = "";
    };

    kind.addEventListener("change", show);
    part.querySelector("[data-add]").addEventListener("click", add);
    pick.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      add();
    });
    part.querySelector("[data-picker]").hidden = false;
    show();
  }
})();
