"""The stylesheet and the script of every page are joined from their sources."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from kpitrack.bundle import BUNDLES, BundleFinder, sources, squeeze_css, squeeze_js


@pytest.fixture
def finder(tmp_path: Path, settings: object) -> BundleFinder:
    """A finder that builds somewhere else."""
    finder = BundleFinder()
    finder.target = tmp_path
    finder.storage = type(finder.storage)(location=tmp_path)
    return finder


def test_tokens_come_first_and_print_last(finder: BundleFinder) -> None:
    names = [path.name for path in sources(BUNDLES[0], finder.root)]
    assert names[0] == "tokens.css" and names[-1] == "print.css"
    assert names.index("layout.css") < names.index("button.css") < names.index("review.css")


def test_every_source_is_in_a_bundle(finder: BundleFinder) -> None:
    joined = {path for bundle in BUNDLES for path in sources(bundle, finder.root)}
    css = set((finder.root / "css").rglob("*.css"))
    js = set((finder.root / "js").rglob("*.js"))
    assert {path.name for path in (css | js) - joined} == {"plotly.css"}


def test_bundles_keep_their_budget(finder: BundleFinder) -> None:
    style = Path(str(finder.find("css/app.css"))).read_bytes()
    script = Path(str(finder.find("js/app.js"))).read_bytes()
    assert len(gzip.compress(style, 9)) < 13_000
    assert len(gzip.compress(script, 9)) < 9_000


def test_a_changed_source_is_built_again(finder: BundleFinder, tmp_path: Path) -> None:
    finder.root = tmp_path / "sources"
    (finder.root / "css").mkdir(parents=True)
    source = finder.root / "css" / "tokens.css"
    source.write_text(":root { --a: 1px; }")
    built = Path(str(finder.find("css/app.css")))
    assert built.read_text().endswith(":root { --a: 1px; }\n")
    before = built.stat().st_mtime_ns
    os.utime(source)
    finder.find("css/app.css")
    assert built.stat().st_mtime_ns == before
    source.write_text(":root { --a: 2px; }")
    finder.find("css/app.css")
    assert "2px" in built.read_text()


def test_collecting_sees_both_files(finder: BundleFinder) -> None:
    found = dict(finder.list(None))
    assert set(found) == {"css/app.css", "js/app.js"}
    assert all(storage.exists(name) for name, storage in found.items())


def test_other_names_are_left_to_other_finders(finder: BundleFinder) -> None:
    assert finder.find("css/nothing.css") == []
    assert finders.find("css/nothing.css") is None
    assert finder.find("css/nothing.css", find_all=True) == []
    assert isinstance(finder.find("css/app.css", find_all=True), list)


def test_the_site_finds_the_bundle() -> None:
    assert Path(str(finders.find("css/app.css"))).is_file()


def test_squeezing_keeps_the_meaning() -> None:
    assert squeeze_css("/* a\n b */ a {\n  color:  red;\n}\n") == "a { color: red; }"
    assert squeeze_js("// a\n  const a = 'http://x';\n\n  b();\n") == "const a = 'http://x';\nb();"


@pytest.mark.parametrize("installed", [True, False])
def test_the_font_is_named_only_where_it_is_installed(
    finder: BundleFinder, monkeypatch: pytest.MonkeyPatch, installed: bool
) -> None:
    monkeypatch.setattr(finders, "find", lambda name: "there" if installed else None)
    style = Path(str(finder.find("css/app.css"))).read_text()
    assert ("inter-latin-wght-normal.woff2" in style) == installed
    assert '"Inter Fallback"' in style


def test_no_stylesheet_names_a_file_that_may_be_missing(finder: BundleFinder) -> None:
    named = [p.name for p in finder.root.rglob("*.css") if 'url("../' in p.read_text()]
    assert named == []
