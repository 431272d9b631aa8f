// Entering numbers like in a spreadsheet: leave a cell and it is saved, arrows and Enter move,
// Esc reverts, a pasted block is shown before it is saved, and nothing typed is ever lost.
(() => {
  const grid = document.querySelector("[data-grid]");
  if (!grid) return;
  const said = grid.querySelector("[data-said]");
  const undoButton = grid.querySelector("[data-undo]");
  const noteDialog = document.getElementById("entry-note");
  const pasteDialog = document.getElementById("entry-paste");
  let last = []; // what the last save changed: {cell, texts, note} as they were

  const inputsOf = (cell) => [...cell.querySelectorAll("input")];
  const cellsOf = (row) => [...row.querySelectorAll("td[data-period]")];
  const storedTexts = (cell) => inputsOf(cell).map((input) => input.dataset.text);
  const exactTexts = (cell) => inputsOf(cell).map((input) => input.dataset.exact);
  const isDirty = (cell) => inputsOf(cell).some((input) => input.dataset.typed !== undefined);
  const say = (words) => (said.textContent = words);

  // --- what a cell shows -----------------------------------------------------------------------

  // At rest a number has its separators; being edited it is its bare digits.
  const show = (input) => {
    const typed = input.dataset.typed;
    input.value = typed ?? (input === document.activeElement ? input.dataset.text : input.dataset.shown);
  };

  const word = (cell, state, words = "", acts = []) => {
    cell.classList.remove("saving", "saved", "refused", "conflict", "asked", "lost");
    if (state) cell.classList.add(state);
    cell.querySelector(".entry-word")?.remove();
    const isBad = ["refused", "conflict", "asked", "lost"].includes(state);
    inputsOf(cell).forEach((input) => {
      input.toggleAttribute("aria-invalid", false);
      if (isBad) input.setAttribute("aria-invalid", "true");
      input.removeAttribute("aria-describedby");
    });
    if (!words) return;
    const line = document.createElement("p");
    line.className = "entry-word";
    line.id = `word-${cell.closest("tr").dataset.key}-${cell.dataset.period}`;
    line.append(words, ...acts.map(([label, act]) => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "button", textContent: label });
      button.addEventListener("click", act);
      return button;
    }));
    cell.append(line);
    inputsOf(cell).forEach((input) => input.setAttribute("aria-describedby", line.id));
  };

  const hold = (cell, answer, { keepTyped = false } = {}) => {
    cell.dataset.seen = answer.seen;
    cell.dataset.note = answer.note;
    cell.classList.toggle("noted", Boolean(answer.note));
    const button = cell.querySelector(".entry-note");
    button.hidden = !answer.seen;
    button.title = answer.note;
    inputsOf(cell).forEach((input, place) => {
      input.dataset.text = answer.texts[place];
      input.dataset.shown = answer.shown[place];
      input.dataset.exact = answer.exact[place];
      if (!keepTyped) delete input.dataset.typed;
      show(input);
    });
    if (!answer.seen) return;
    cell.classList.remove("due");
    inputsOf(cell).forEach((input) => input.setAttribute("aria-label", input.getAttribute("aria-label").replace(/, due$/, "")));
  };

  const revert = (cell) => {
    inputsOf(cell).forEach((input) => {
      delete input.dataset.typed;
      show(input);
    });
    word(cell, "");
  };

  // --- saving ----------------------------------------------------------------------------------

  const asSent = (cell, { texts, note, force = false }) => ({
    indicator: cell.closest("tr").dataset.key,
    period: cell.dataset.period,
    texts,
    seen: force ? cell.dataset.other : cell.dataset.seen,
    ...(note === undefined ? {} : { note }),
  });

  const post = async (fields) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    const answer = await fetch(location.href, {
      method: "POST",
      body,
      headers: { "X-CSRFToken": csrfToken() },
      credentials: "same-origin",
    });
    if (answer.redirected) throw new Error("You are signed out. Sign in in another tab, then try again.");
    if (!answer.ok) throw new Error("The server could not store it.");
    return answer;
  };

  const reached = (problem) => (problem instanceof TypeError ? "No connection." : problem.message);

  // sent: list of {cell, texts, note}; exact texts ("=3.2") are what was stored, others are typed.
  const saveNow = async (sent, { mark = "", force = false } = {}) => {
    sent.forEach(({ cell }) => word(cell, "saving"));
    let answers;
    try {
      const cells = JSON.stringify(sent.map((one) => asSent(one.cell, { ...one, force })));
      answers = (await (await post({ cells, mark })).json()).cells;
    } catch (problem) {
      sent.forEach((one) => lose(one, reached(problem), { mark, force }));
      return [];
    }
    const before = sent.map(({ cell }) => ({ cell, texts: exactTexts(cell), note: cell.dataset.note ?? "" }));
    const changed = before.filter((one, place) => settle(sent[place], answers[place], mark));
    if (changed.length) last = changed;
    undoButton.hidden = !last.length;
    return answers;
  };

  // One after the other: who corrects a cell at once has seen what was saved a moment before.
  let turn = Promise.resolve([]);
  const save = (...given) => {
    const mine = () => saveNow(...given);
    return (turn = turn.then(mine, mine));
  };

  const lose = (one, words, options) => {
    const again = () => save([one], options);
    one.cell.retry = again;
    if (one.note === undefined) keepTyped(one);
    word(one.cell, "lost", `Not saved. ${words}`, [["Try again", again]]);
    say(`${one.cell.dataset.label}: not saved. ${words} What you typed is kept.`);
  };

  // True where the cell holds something else than before.
  const settle = (one, answer, mark) => {
    const { cell } = one;
    const name = cell.dataset.label;
    delete cell.retry;
    const done = { created: "saved", corrected: "corrected", withdrawn: "withdrawn", unchanged: "unchanged" };
    if (done[answer.state]) {
      // Whoever went on typing meanwhile keeps that.
      const isNewer = inputsOf(cell).some((i, k) => i.dataset.typed !== undefined && i.dataset.typed.trim() !== one.texts[k].trim());
      hold(cell, answer, { keepTyped: isNewer });
      word(cell, answer.state === "unchanged" ? "" : "saved");
      setTimeout(() => cell.classList.remove("saved"), 1800);
      say(`${name}: ${done[answer.state]}${answer.texts.join("") ? `, ${answer.shown.join(" / ")}` : ""}.`);
      return answer.state !== "unchanged";
    }
    if (answer.state === "conflict") clash(one, answer, mark);
    else if (answer.state === "asked") ask(one, answer);
    else word(cell, "refused", answer.detail);
    say(`${name}: not saved. ${answer.detail || "It was changed meanwhile."}`);
    return false;
  };

  const clash = (one, answer, mark) => {
    const { cell } = one;
    const theirs = answer.shown.join(" / ") || "nothing";
    cell.dataset.other = answer.seen;
    word(cell, "conflict", `${answer.by || "Somebody"} changed it meanwhile: ${theirs}.`, [
      ["Use theirs", () => { hold(cell, answer); word(cell, ""); }],
      ["Save mine", () => save([one], { mark, force: true })],
    ]);
  };

  const ask = (one, answer) => {
    const choose = (mark) => () => save([one], { mark });
    const read = (mark) => one.texts.map((text) => text.replaceAll(mark === "." ? "," : ".", "").replace(mark, ".")).join(" / ");
    word(one.cell, "asked", answer.detail, [".", ","].map((mark) => [read(mark), choose(mark)]));
  };

  const leave = (cell) => {
    if (!isDirty(cell)) return;
    const texts = inputsOf(cell).map((input) => (input.dataset.typed ?? input.dataset.text).trim());
    if (texts.join("|") === storedTexts(cell).join("|")) return revert(cell);
    if (texts.includes("") && texts.some(Boolean)) return word(cell, "asked", "Not saved yet: the other number is missing.");
    const isTyped = inputsOf(cell).map((input) => input.dataset.typed !== undefined);
    save([{ cell, texts: exactTexts(cell).map((exact, k) => (isTyped[k] ? texts[k] : exact)) }]);
  };

  const undo = async () => {
    const back = last;
    last = [];
    await save(back);
    last = [];
    undoButton.hidden = true;
  };

  // --- moving ----------------------------------------------------------------------------------

  const goTo = (input) => {
    if (!input) return;
    input.focus();
    input.select();
  };

  const beside = (input, step) => {
    const all = [...input.closest("tr").querySelectorAll("td input")];
    return all[all.indexOf(input) + step];
  };

  const below = (input, step) => {
    const { period } = input.closest("td").dataset;
    const column = [...input.closest("tbody").querySelectorAll("td[data-period] input")].filter((i) => i.closest("td").dataset.period === period);
    return column[column.indexOf(input) + step];
  };

  const keys = {
    Enter: (input, event) => goTo(below(input, event.shiftKey ? -1 : 1)) ?? input.blur(),
    ArrowDown: (input) => goTo(below(input, 1)),
    ArrowUp: (input) => goTo(below(input, -1)),
    ArrowLeft: (input) => goTo(beside(input, -1)),
    ArrowRight: (input) => goTo(beside(input, 1)),
  };

  // In a cell that is being edited, left and right move within the text until its ends.
  const isAtEnd = (input, key) => {
    if (!["ArrowLeft", "ArrowRight"].includes(key)) return true;
    const isAll = input.selectionStart === 0 && input.selectionEnd === input.value.length;
    if (isAll) return true;
    const end = key === "ArrowLeft" ? 0 : input.value.length;
    return input.selectionStart === end && input.selectionEnd === end;
  };

  grid.addEventListener("keydown", (event) => {
    const input = event.target;
    if (!input.matches("td[data-period] input")) return;
    const cell = input.closest("td");
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !isDirty(cell) && last.length) {
      event.preventDefault();
      undo();
    } else if (event.shiftKey && event.key === "F2") {
      event.preventDefault();
      openNote(cell);
    } else if (event.key === "Escape") {
      revert(cell);
      input.select();
    } else if (keys[event.key] && !event.ctrlKey && !event.metaKey && !event.altKey && isAtEnd(input, event.key)) {
      event.preventDefault();
      keys[event.key](input, event);
    }
  });

  grid.addEventListener("focusin", (event) => {
    if (!event.target.matches("td[data-period] input")) return;
    show(event.target);
    event.target.select();
  });

  grid.addEventListener("focusout", (event) => {
    const cell = event.target.closest?.("td[data-period]");
    if (!cell || !event.target.matches("input")) return;
    if (!cell.contains(event.relatedTarget)) leave(cell);
    queueMicrotask(() => event.target.dataset.typed === undefined && show(event.target));
  });

  grid.addEventListener("input", (event) => {
    if (event.target.matches("td[data-period] input")) event.target.dataset.typed = event.target.value;
  });

  grid.addEventListener("submit", (event) => event.preventDefault());

  // --- notes -----------------------------------------------------------------------------------

  const openNote = (cell) => {
    if (!cell.dataset.seen) return say(`${cell.dataset.label}: a note needs a value first.`);
    noteDialog.cell = cell;
    noteDialog.returnValue = "";
    noteDialog.querySelector("[data-cell-label]").textContent = cell.dataset.label;
    noteDialog.querySelector("textarea").value = cell.dataset.note ?? "";
    noteDialog.showModal();
  };

  noteDialog.addEventListener("close", () => {
    const { cell } = noteDialog;
    const note = noteDialog.querySelector("textarea").value.trim();
    inputsOf(cell)[0].focus();
    if (noteDialog.returnValue !== "save" || note === (cell.dataset.note ?? "")) return;
    save([{ cell, texts: exactTexts(cell), note }]);
  });

  // --- pasting a block -------------------------------------------------------------------------

  // Rows of the clipboard's table on the inputs to the right and below; what has no input is counted.
  const spread = (start, lines) => {
    const startCell = start.closest("td");
    const rows = [...start.closest("tbody").rows];
    const column = startCell.cellIndex;
    const part = inputsOf(startCell).indexOf(start);
    const found = new Map();
    let outside = 0;
    lines.forEach((texts, down) => {
      const row = rows[rows.indexOf(startCell.closest("tr")) + down];
      const inputs = row ? [...row.cells].slice(column).flatMap((td) => {
        const own = inputsOf(td);
        return own.length ? own : [null];
      }) : [];
      if (down === 0) inputs.splice(0, part);
      texts.forEach((text, right) => {
        if (!text.trim()) return;
        const input = inputs[right];
        if (!input) return (outside += 1);
        const cell = input.closest("td");
        if (!found.has(cell)) found.set(cell, exactTexts(cell));
        found.get(cell)[inputsOf(cell).indexOf(input)] = text.trim();
      });
    });
    return { sent: [...found].map(([cell, texts]) => ({ cell, texts })), outside };
  };

  const preview = async (sent, outside, mark = "") => {
    const place = pasteDialog.querySelector("[data-preview]");
    try {
      const cells = JSON.stringify(sent.map((one) => asSent(one.cell, one)));
      place.innerHTML = await (await post({ cells, mark, preview: "1" })).text();
    } catch (problem) {
      place.textContent = `${reached(problem)} Nothing was saved.`;
    }
    const line = place.querySelector("[data-outside]");
    if (outside && line) {
      line.hidden = false;
      line.textContent = `${outside} pasted ${outside === 1 ? "number lies" : "numbers lie"} outside the table and would be left out.`;
    }
    place.querySelectorAll("[data-mark]").forEach((button) =>
      button.addEventListener("click", () => preview(sent, outside, button.dataset.mark)));
    place.querySelector("[data-save]")?.addEventListener("click", async () => {
      pasteDialog.close();
      const answers = await save(sent, { mark });
      const count = answers.filter((one) => ["created", "corrected"].includes(one.state)).length;
      const rest = answers.filter((one) => ["refused", "conflict", "asked"].includes(one.state)).length;
      if (answers.length) say(`${count} saved${rest ? `, ${rest} not` : ""}.`);
      answers.forEach((one, k) => one.state === "refused" && sent[k] && keepTyped(sent[k]));
    });
    if (!pasteDialog.open) pasteDialog.showModal();
  };

  const keepTyped = ({ cell, texts }) =>
    inputsOf(cell).forEach((input, k) => {
      if (texts[k].startsWith("=")) return; // what was stored, not what was typed
      input.dataset.typed = texts[k];
      show(input);
    });

  grid.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const lines = text.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n").map((line) => line.split("\t"));
    if (!event.target.matches("td[data-period] input") || (lines.length === 1 && lines[0].length === 1)) return;
    event.preventDefault();
    const { sent, outside } = spread(event.target, lines);
    if (sent.length) preview(sent, outside);
    else say("Nothing in the block fits into the table here.");
  });

  // --- the rest --------------------------------------------------------------------------------

  grid.addEventListener("click", (event) => {
    const button = event.target.closest(".entry-note");
    if (button) openNote(button.closest("td"));
  });
  undoButton.addEventListener("click", undo);

  addEventListener("online", () => grid.querySelectorAll("td.lost").forEach((cell) => cell.retry?.()));
  addEventListener("beforeunload", (event) => {
    if ([...grid.querySelectorAll("td[data-period]")].some(isDirty)) event.preventDefault();
  });

  // The newest period is what people come for, also where the table is wider than the screen.
  // Letters that arrive later may widen it.
  const goToEnd = () => grid.querySelectorAll(".entry-scroll").forEach((box) => (box.scrollLeft = box.scrollWidth));
  goToEnd();
  document.fonts.ready.then(goToEnd);
  grid.querySelectorAll("tr[data-key]").forEach((row) =>
    cellsOf(row).forEach((cell) => inputsOf(cell).forEach(show)));
})();
