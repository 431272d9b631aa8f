"""The fenced blocks of the documentation, and one shell session that runs those of a page."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
SHELL, PYTHON = {"console", "sh"}, {"python"}
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL
)
NOT_RUN = re.compile(r"<!-- not run: (?P<reason>[^>]+?) -->\s*\Z")
WRITTEN = "http://127.0.0.1:8000"  # the address in the documentation
TIMEOUT = 240  # seconds for all blocks of a page


@dataclass(frozen=True, slots=True)
class Snippet:
    """A fenced block; `line` is that of its first line, `not_run` the reason why nobody runs it."""

    page: Path
    line: int
    language: str
    text: str
    not_run: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def script(self) -> str:
        """The block as bash runs it."""
        if self.language in PYTHON:
            return f".venv/bin/python - <<'PYTHON'\n{self.text}PYTHON\n"
        return self.text


def snippets_of(page: Path) -> Iterator[Snippet]:
    """Every fenced block of a page, from top to bottom."""
    source = page.read_text("utf-8")
    for found in FENCE.finditer(source):
        before = source[: found.start()]
        reason = NOT_RUN.search(before)
        yield Snippet(
            page,
            before.count("\n") + 2,
            found["language"],
            re.sub(f"^{found['indent']}", "", found["text"], flags=re.MULTILINE),
            reason["reason"] if reason else "",
        )


def programs_of(page: Path) -> list[Snippet]:
    """The blocks of a page that are run."""
    found = snippets_of(page)
    return [one for one in found if one.language in SHELL | PYTHON and not one.not_run]


def run_all(
    snippets: Iterable[Snippet], folder: Path, url: str, environment: dict[str, str]
) -> str:
    """Run the blocks as one bash session in a folder that looks like the checkout.

    Return what they print. Raises `AssertionError` where a command fails or a server answers a
    status of 400 or more, with the output up to there and the place of the block.
    """
    lay_out(folder)
    script = "".join(f"echo '# {one}' >&2\n{one.script}" for one in snippets)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace(WRITTEN, url)],
        cwd=folder,
        env=environment | {"HOME": str(folder), "CURL_HOME": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def lay_out(folder: Path) -> None:
    """Link the checkout's content into a folder, and make curl fail where a request is refused."""
    folder.mkdir(parents=True)
    for path in ROOT.iterdir():
        if path.name not in {".venv", ".kpitrack", ".git"}:
            (folder / path.name).symlink_to(path)
    (folder / ".venv/bin").mkdir(parents=True)
    python = folder / ".venv/bin/python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', "utf-8")
    python.chmod(0o755)
    (folder / ".curlrc").write_text("fail-with-body\n", "utf-8")
