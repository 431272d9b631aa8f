"""Third-party files are served from packages, the npm ones first."""

from __future__ import annotations

from pathlib import Path

from django.contrib.staticfiles import finders
from django.test import Client

from kpitrack import assets


def test_without_node_the_wheel_serves_plotly_and_the_system_the_font(tmp_path: Path) -> None:
    found = assets.found(tmp_path)
    assert found[assets.PLOTLY].name == "plotly.min.js"
    assert "plotly.js" in found[assets.PLOTLY].read_text("utf-8")[:200]
    assert assets.FONT not in found


def test_with_node_the_small_plotly_and_the_font_are_served(tmp_path: Path) -> None:
    for path in (paths[0] for paths in assets.candidates(tmp_path).values()):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x")
    assert set(assets.found(tmp_path)) == {assets.PLOTLY, assets.FONT}
    assert assets.found(tmp_path)[assets.PLOTLY].name == "plotly-basic.min.js"


def test_the_finder_finds_exactly_these_files() -> None:
    finder = assets.VendorFinder()
    listed = dict(finder.list(None))
    assert set(listed) == set(assets.found())
    for name, storage in listed.items():
        assert storage.exists(name)
        assert Path(finder.find(name)).is_file()
        assert finder.find(name, find_all=True) == [finder.find(name)]
    assert finder.find("vendor/other.js") == []
    assert finder.find("vendor/other.js", find_all=True) == []


def test_django_finds_plotly_under_one_name() -> None:
    assert Path(str(finders.find(assets.PLOTLY))).is_file()


def test_django_finds_nothing_where_nothing_is() -> None:
    """Without the font the stylesheet must not name it: collecting would fail."""
    assert finders.find("vendor/other.js") is None


def test_browsers_that_guess_the_address_of_the_icon_find_it() -> None:
    answer = Client().get("/favicon.ico")
    assert answer.status_code == 302 and "max-age" in answer["Cache-Control"]
    name = answer["Location"].removeprefix("/static/")
    assert finders.find(name) is not None and name.startswith("icon")
    assert Client().post("/favicon.ico").status_code == 405
