"""A page in a browser, and everything that goes wrong on it."""

from __future__ import annotations

import re
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, StorageState

REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  globalThis.violated(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`));
"""
BEYOND_THE_EDGE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > width + 1)
    .slice(0, 4).map((element) => element.outerHTML.slice(0, 90));
}"""
INLINE_STYLE = re.compile(r"<[^>]+\sstyle\s*=\s*[\"'][^>]*>")


class Watched:
    """One tab with a cold cache; `problems` collects what no page may do."""

    def __init__(
        self,
        browser: Browser,
        base: str,
        *,
        state: StorageState | None = None,
        width: int = 1440,
        scheme: Literal["light", "dark"] = "light",
        scripts: bool = True,
    ) -> None:
        self.base = base
        self.scripts = scripts
        self.problems: list[str] = []
        self.expected_status = 200
        self.requests: list[str] = []
        self.status = 0
        self.html = ""
        self.weights: dict[str, float] = {}
        self.kinds: dict[str, str] = {}
        narrow = width < 800
        self.context = browser.new_context(
            storage_state=state,
            viewport={"width": width, "height": 844 if narrow else 900},
            color_scheme=scheme,
            is_mobile=narrow,
            has_touch=narrow,
            java_script_enabled=scripts,
            base_url=base,
            accept_downloads=True,
        )
        self.context.set_default_timeout(15_000)
        if scripts:
            self.context.expose_function("violated", self._violated)
            self.context.add_init_script(REPORT_VIOLATIONS)
        self.page = self.context.new_page()
        self._watch(self.page)

    def _watch(self, page: Page) -> None:
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.problems.append(f"uncaught {error}"))
        page.on("request", self._requested)
        page.on("response", self._answered)
        wire = self.context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.on("Network.responseReceived", self._received)
        wire.on("Network.loadingFinished", self._finished)

    def go(self, path: str, *, status: int = 200) -> None:
        """Open a page and wait until it is all there."""
        self.expected_status = status
        answer = self.page.goto(path, wait_until="load")
        assert answer is not None
        self.status, self.html = answer.status, answer.text()
        if self.scripts:
            self.page.evaluate("document.fonts.ready.then(() => true)")

    def close(self) -> None:
        self.context.close()

    # --- what is seen ------------------------------------------------------------------------

    def sent(self, kind: str = "") -> float:
        """Compressed kilobytes so far, of all or of one kind such as Script."""
        kinds = self.kinds
        return sum(w for name, w in self.weights.items() if kind in ("", kinds.get(name))) / 1000

    def nodes(self) -> int:
        return int(self.page.evaluate("document.querySelectorAll('*').length"))

    def beyond_the_edge(self, width: int) -> list[str]:
        """What sticks out to the right on a screen that is so many pixels wide."""
        self.page.set_viewport_size({"width": width, "height": 844})
        found: list[str] = self.page.evaluate(BEYOND_THE_EDGE)
        return found

    def inline_styles(self) -> list[str]:
        return [tag[:90] for tag in INLINE_STYLE.findall(self.html)]

    # --- what is heard -----------------------------------------------------------------------

    def _violated(self, what: str) -> None:
        self.problems.append(f"policy violated: {what}")

    def _said(self, message: ConsoleMessage) -> None:
        own = f"status of {self.expected_status}" in message.text and self.expected_status != 200
        if message.type == "error" and not own:
            self.problems.append(f"console: {message.text[:160]}")

    def _requested(self, request: Request) -> None:
        if request.url.startswith(("data:", "blob:")):
            return
        self.requests.append(request.url)
        if urlsplit(request.url).netloc != urlsplit(self.base).netloc:
            self.problems.append(f"asks another host: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status != self.expected_status:
            self.problems.append(f"{response.status} {response.url}")

    def _received(self, event: dict[str, Any]) -> None:
        self.kinds[event["requestId"]] = event["type"]

    def _finished(self, event: dict[str, Any]) -> None:
        self.weights[event["requestId"]] = event["encodedDataLength"]
