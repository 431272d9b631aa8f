"""Partials, tags and the style guide: every state renders, nothing needs an unsafe policy."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory

from analysis.statuses import LOOKS, look_of
from tests.dashboards import styleguide
from verdicts.models import Verdict
from web.formats import Change, Figure
from web.icons import DRAWINGS, icon_svg
from web.templatetags import look as tags

TEMPLATES = Path(settings.BASE_DIR) / "templates"
STATIC = Path(settings.BASE_DIR) / "static"
PAGES = [p for p in TEMPLATES.rglob("*.html") if "emails" not in p.parts]


def shown(source: str, **context: Any) -> str:
    """A template source, rendered."""
    template = engines["django"].from_string("{% load look %}" + source)
    return template.render(context).strip()


@pytest.fixture
def guide() -> str:
    """The style guide as a page."""
    return styleguide.page()


def test_every_status_of_a_verdict_has_a_look() -> None:
    assert set(Verdict.Status.values) <= set(LOOKS)
    assert {s: look_of(s).word for s in Verdict.Status.values} == dict(Verdict.Status.choices)


def test_no_two_tones_share_a_shape() -> None:
    looks = map(look_of, ("on_track", "at_risk", "off_track", "no_data"))
    shapes = {look.icon: look.tone for look in looks}
    assert len(shapes) == 4


def test_a_pill_has_shape_word_and_tone() -> None:
    pill = tags.status_pill("off_track")
    assert 'class="pill bad"' in pill and "Off track</span>" in pill and "<svg" in pill
    assert "Stale, 23 days" in tags.status_pill("stale", "Stale, 23 days")
    assert "pill outlined" in tags.status_pill("stale")


def test_an_unknown_status_is_shown_without_judgement() -> None:
    assert 'class="pill none"' in tags.status_pill("brand_new")
    assert "&lt;b&gt;" in tags.status_pill("<b>")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Change("down", "good", "4.6 %"), ["down ", "4.6 %", ", better"]),
        (Change("up", "bad", "6.2 %"), ["up ", "6.2 %", ", worse"]),
        (Change("flat", "flat", "0.4 %"), ["0.4 %", ", no clear change"]),
    ],
)
def test_arrows_say_in_words_what_their_colour_means(change: Change, words: list[str]) -> None:
    markup = tags.trend_arrow(change)
    assert f'class="delta {change.meaning} num"' in markup
    assert re.sub("<[^>]+>", "", markup) == "".join(words)


def test_a_table_says_what_it_is_and_what_its_columns_hold() -> None:
    markup = shown('{% table_head name "Team" ">Value" %}', name="<b>")
    assert markup == (
        '<caption class="visually-hidden">&lt;b&gt;</caption><thead><tr><th scope="col">Team</th>'
        '<th class="right" scope="col">Value</th></tr></thead>'
    )


def test_a_pager_leads_to_its_neighbours_and_keeps_what_was_asked() -> None:
    page = Paginator(range(3), 1).page(2)
    markup = render_to_string("components/pager.html", {"page": page, "query": "state=sent"})
    assert re.findall(r'href="([^"]+)">(\w+)<', markup) == [
        ("?state=sent&amp;page=1", "Newer"),
        ("?state=sent&amp;page=3", "Older"),
    ]
    assert "Page 2 of 3" in markup
    assert 'href="?page=1"' in render_to_string("components/pager.html", {"page": page})
    assert not render_to_string("components/pager.html", {"page": Paginator([], 1).page(1)}).strip()


def test_no_change_draws_nothing() -> None:
    assert tags.trend_arrow(None) == ""


def test_numbers_print_their_unit_small() -> None:
    assert tags.number(Figure("34.2", "kr")) == "34.2<small>kr</small>"
    assert tags.number(Figure("412"), "per week") == "412<small>per week</small>"
    assert tags.number(Figure("<b>")) == "&lt;b&gt;"
    assert tags.number(None) == "–"


def test_unknown_icons_are_a_mistake() -> None:
    with pytest.raises(KeyError):
        icon_svg("no-such-icon")
    for name in [*DRAWINGS["stroked"], *DRAWINGS["solid"]]:
        assert icon_svg(name).startswith("<svg")


class OneOfEach(forms.Form):
    """A field of each arrangement."""

    name = forms.CharField(help_text="As people say it.")
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(required=False)
    secret = forms.CharField(widget=forms.HiddenInput)


def test_fields_tie_hint_and_error_to_their_control() -> None:
    form = OneOfEach({"secret": "s"})
    form.is_valid()
    markup = shown("{% field form.name unit='kr' %}", form=form)
    assert 'aria-invalid="true"' in markup
    assert 'aria-describedby="id_name_hint id_name_error"' in markup
    assert 'id="id_name_hint"' in markup and 'id="id_name_error"' in markup
    assert '<span class="unit">kr</span>' in markup and 'class="input"' in markup
    assert "Fill in this field." in markup


def test_every_kind_of_widget_is_arranged() -> None:
    form = OneOfEach()
    kinds = {bound.name: tags.control_kind(bound) for bound in form}
    assert kinds == {"name": "input", "kind": "choices", "agreed": "checkbox", "secret": "hidden"}
    assert shown("{% field form.kind %}", form=form).count('class="choice"') == 2
    assert "(optional)" not in shown("{% field form.agreed %}", form=form)
    assert 'class="required">Name' in shown("{% field form.name %}", form=form)
    assert shown("{% field form.secret %}", form=form).startswith("<input")


def test_form_errors_say_how_many() -> None:
    form = OneOfEach({})
    form.is_valid()
    markup = render_to_string("components/form_errors.html", {"form": form})
    assert "Nothing is lost. 3 fields need another look." in markup


def test_the_style_guide_shows_every_status_and_state(guide: str) -> None:
    for shown_look in LOOKS.values():
        assert shown_look.word in guide
    for words in ("No measurements yet", "Import failed", "Stale, 23 days", 'aria-busy="true"'):
        assert words in guide


def test_pages_need_no_unsafe_policy(guide: str) -> None:
    assert "style=" not in guide
    assert re.search(r"<script(?![^>]*\bsrc=)", guide) is None
    assert re.search(r"\son[a-z]+=", guide) is None
    assert "http://" not in guide.replace("http://www.w3.org", "")


@pytest.mark.parametrize("path", PAGES, ids=lambda p: str(p.relative_to(TEMPLATES)))
def test_templates_carry_no_inline_style_or_script(path: Path) -> None:
    source = path.read_text("utf-8")
    assert " style=" not in source
    assert re.search(r"<script(?![^>]*\b(?:src|type=.application/json)\b)", source) is None
    assert "hx-on" not in source and "<style" not in source
    assert len(source.splitlines()) <= 200


@pytest.mark.parametrize(
    "path", sorted((TEMPLATES / "components").glob("*.html")), ids=lambda p: p.stem
)
def test_components_say_first_what_they_want(path: Path) -> None:
    source = path.read_text("utf-8")
    assert source.startswith(("{#", "{% comment %}"))
    assert "{%" in source or "<" in source


def test_texts_of_people_are_escaped(guide: str) -> None:
    card = {
        "name": "<script>x</script>",
        "url": "javascript:",
        "status": "no_data",
        "state": "empty",
    }
    markup = render_to_string("components/kpi_card.html", {"card": card})
    assert "<script>" not in markup and "&lt;script&gt;" in markup


@pytest.mark.parametrize("theme", ["light", "dark", "sepia", ""])
def test_the_theme_comes_from_the_cookie(rf: RequestFactory, theme: str) -> None:
    request: HttpRequest = rf.get("/")
    request.COOKIES["theme"] = theme
    page = render_to_string("base.html", {"frame": {}, "request": request})
    assert (f'data-theme="{theme}"' in page) == (theme in ("light", "dark"))


def test_the_current_link_is_marked(guide: str) -> None:
    current = re.findall(r'aria-current="page"[^>]*>\s*<svg.*?</svg>(.*?)</a>', guide, re.DOTALL)
    assert any("Dashboard" in link for link in current)


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_error_pages_offer_a_way_on(status: int) -> None:
    page = render_to_string(f"{status}.html", {"request_id": "abc123"})
    assert str(status) in page and "abc123" in page and 'href="/"' in page


def test_the_mail_frame_has_one_column_and_one_button() -> None:
    page = render_to_string("emails/base.html", {"link": "https://k.example/", "link_label": "Go"})
    assert 'width="600"' in page and page.count(">Go</a>") == 1
    row = render_to_string("emails/row.html", {"tone": "bad", "word": "Off track", "name": "N"})
    assert "&#10005; Off track" in row


def test_tags_read_attributes_as_well_as_keys() -> None:
    tally = [
        SimpleNamespace(status="on_track", count=2),
        SimpleNamespace(status="at_risk", count=0),
    ]
    markup = render_to_string("components/tally.html", {"tally": tally})
    assert "<b>2</b> on track" in markup and "at risk" not in markup


@pytest.mark.parametrize(
    "path", sorted(STATIC.rglob("*.css")), ids=lambda p: str(p.relative_to(STATIC))
)
def test_stylesheets_are_small_and_colour_comes_from_tokens(path: Path) -> None:
    source = path.read_text("utf-8")
    assert len(source.splitlines()) <= 200
    if path.name not in ("tokens.css", "print.css"):
        colours = re.findall(r"(?<![\w%])#[0-9a-fA-F]{3,8}\b", re.sub(r"url\(.*?\)", "", source))
        assert colours == []


def test_the_guide_is_light_on_the_wire(guide: str) -> None:
    assert len(gzip.compress(guide.encode(), 9)) < 30_000


class AllNeeded(forms.Form):
    name = forms.CharField()


def test_nothing_is_marked_where_everything_is_required() -> None:
    assert 'class="required"' not in shown("{% field form.name %}", form=AllNeeded())


class Limited(forms.Form):
    name = forms.CharField(max_length=3)
    count = forms.IntegerField(min_value=1, max_value=9)
    on = forms.DateField()
    at = forms.TimeField()
    email = forms.EmailField()
    kind = forms.ChoiceField(choices=[("a", "A")])


@pytest.mark.parametrize(
    ("field", "given", "said"),
    [
        ("name", "", "Fill in this field."),
        ("name", "abcd", "At most 3 characters fit; it has 4."),
        ("count", "0", "Write 1 or more."),
        ("count", "10", "Write 9 or less."),
        ("count", "many", "Write a whole number."),
        ("on", "soon", "Write a day, such as 2026-11-20."),
        ("at", "noon", "Write a time, such as 10:00."),
        ("email", "me", "Write an e-mail address, such as ingrid@example.org."),
        ("kind", "b", "Choose one of the list."),
    ],
)
def test_stock_messages_are_said_in_our_words(field: str, given: str, said: str) -> None:
    form = Limited({field: given})
    assert tags.problems(form[field]) == [said]


def test_a_field_may_be_named_by_the_template() -> None:
    assert ">Current password</label>" in shown(
        "{% field form.name label='Current password' %}", form=AllNeeded()
    )
