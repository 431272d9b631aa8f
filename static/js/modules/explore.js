// Exploring a chart: the drawn picture stays until Plotly has painted in its place, at the same
// height. The library is fetched on intent only (pointer or focus), parsed when asked for.
(() => {
  const config = {
    displayModeBar: false,
    displaylogo: false,
    plotlyServerURL: "",
    modeBarButtonsToRemove: ["sendChartToCloud"],
    responsive: true,
    scrollZoom: false,
  };
  let loading;

  const element = (name, attributes) => Object.assign(document.createElement(name), attributes);

  // The whole Plotly brings a map library that adds a <style> while it is read. The policy refuses
  // that, and no chart of ours needs it.
  const refuseStyles = (head) => {
    head.appendChild = (node) => (node.nodeName === "STYLE" ? node : Node.prototype.appendChild.call(head, node));
    return () => delete head.appendChild;
  };

  // Plotly itself injects no <style> where an element with this id and class exists.
  const fetchAll = (frame) =>
    new Promise((done, failed) => {
      document.head.append(
        element("link", { rel: "stylesheet", id: "plotly.js-style-global", className: "no-inline-styles", href: frame.dataset.plotlyStyle }),
        element("script", { src: frame.dataset.plotly, onload: done, onerror: failed }),
      );
    });

  const load = (frame) => (loading ??= fetchAll(frame).finally(refuseStyles(document.head)));

  const warm = (frame) => {
    if (frame.dataset.warm) return;
    frame.dataset.warm = "1";
    document.head.append(element("link", { rel: "prefetch", as: "script", href: frame.dataset.plotly }));
  };

  const theme = () =>
    document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

  const figure = async (frame) => {
    const address = new URL(frame.dataset.figureUrl, location.href);
    address.searchParams.set("theme", theme());
    const answer = await fetch(address, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(`figure: ${answer.status}`);
    return answer.json();
  };

  const paint = async (frame) => {
    const height = Math.max(frame.clientHeight, 200);
    const [drawing] = await Promise.all([figure(frame), load(frame)]);
    const stage = frame.querySelector(".plotly-stage") ?? element("div", { className: "plotly-stage" });
    stage.style.height = `${height}px`;
    if (!stage.isConnected) {
      frame.querySelectorAll(":scope > svg").forEach((picture) => (picture.style.display = "none"));
      frame.append(stage);
    }
    await globalThis.Plotly.react(stage, drawing.data, { ...drawing.layout, autosize: true, height }, config);
    frame.dataset.explored = "1";
    return stage;
  };

  const explore = async (frame) => {
    if (frame.dataset.explored) return frame.querySelector(".plotly-stage");
    const progress = element("div", { className: "progress-line" });
    progress.setAttribute("role", "status");
    progress.setAttribute("aria-label", "Loading the interactive chart");
    frame.append(progress);
    try {
      return await paint(frame);
    } catch {
      loading = undefined;
      const sorry = element("p", { className: "muted small", textContent: "The interactive chart could not be loaded. The picture stays." });
      sorry.setAttribute("role", "alert");
      frame.append(sorry);
      return null;
    } finally {
      progress.remove();
    }
  };

  const frameOf = (button) => {
    const card = button.closest(".chart-card, .hero-chart, .explorable") ?? document;
    return card.querySelector("[data-figure-url]");
  };

  const prepare = () =>
    document.querySelectorAll("[data-figure-url]").forEach((frame) => {
      if (frame.dataset.ready) return;
      frame.dataset.ready = "1";
      for (const intent of ["pointerenter", "focusin"]) frame.addEventListener(intent, () => warm(frame), { once: true });
      const card = frame.closest(".chart-card, .hero-chart, .explorable") ?? document;
      card.querySelectorAll("[data-explore], [data-chart-png]").forEach((button) => {
        button.hidden = false;
        button.addEventListener("pointerenter", () => warm(frame), { once: true });
      });
    });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-explore], [data-chart-png]");
    const frame = button && frameOf(button);
    if (!frame) return;
    button.setAttribute("aria-busy", "true");
    const stage = await explore(frame);
    button.removeAttribute("aria-busy");
    if (stage && button.matches("[data-explore]")) button.hidden = true;
    if (stage && button.matches("[data-chart-png]")) {
      globalThis.Plotly.downloadImage(stage, {
        format: "png",
        filename: frame.dataset.name,
        width: stage.clientWidth,
        height: stage.clientHeight,
        scale: 2,
      });
    }
  });

  document.addEventListener("kpitrack:theme", () =>
    document.querySelectorAll("[data-explored]").forEach((frame) => paint(frame)));
  document.addEventListener("htmx:load", prepare);
  prepare();
})();
