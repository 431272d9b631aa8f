// Copying a text: data-copy names the element that holds it. Without scripts it is selected by hand.
(() => {
  const copy = async (element) => {
    getSelection().selectAllChildren(element);
    // Browsers give the clipboard to pages on https alone; the old way works everywhere.
    if (navigator.clipboard) await navigator.clipboard.writeText(element.textContent);
    else document.execCommand("copy");
  };

  for (const button of document.querySelectorAll("[data-copy]")) {
    const [word] = button.childNodes;
    const before = word.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await copy(document.getElementById(button.dataset.copy));
      word.textContent = "Copied";
      setTimeout(() => (word.textContent = before), 1600);
    });
  }
})();
