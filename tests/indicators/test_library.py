"""The library of templates: complete, valid, and each one makes an indicator with a target."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from indicators import library, smarter
from indicators.models import Indicator, Target
from teams.models import Team

NAMED_IN_THE_PRODUCT = {
    "conversion",
    "daily-active-users",
    "daily-active-minutes",
    "manual-actions",
    "calls-per-thousand-customers",
    "monthly-recurring-revenue",
    "net-promoter-score",
    "customer-acquisition-cost",
    "churn",
    "customer-lifetime-value",
    "support-resolution-time",
    "sales-growth",
    "ppc-traffic",
    "free-trial-downloads",
    "cars-delivered",
    "delivery-performance",
    "new-leads",
    "ae-four-hours",
    "monthly-revenue",
    "average-order-value",
    "cart-abandonment",
    "newsletter-subscribers",
}


def test_holds_at_least_forty_and_all_that_the_product_names() -> None:
    assert len(library.templates()) >= 40
    assert set(library.templates()) >= NAMED_IN_THE_PRODUCT
    assert {area for area, _ in library.areas()} == {
        "sales", "marketing", "customer success", "product", "support", "finance", "people",
        "operations", "health",
    }  # fmt: skip


def test_says_what_the_product_says_of_its_examples() -> None:
    found = library.templates()
    assert (found["conversion"].rollup, found["conversion"].factor) == ("ratio", Decimal(100))
    assert found["daily-active-users"].rollup != "sum"
    assert (found["daily-active-minutes"].rollup, found["daily-active-minutes"].display_scale) == (
        "sum",
        "M",
    )
    calls = found["calls-per-thousand-customers"]
    assert (calls.rollup, calls.factor, calls.direction) == ("ratio", Decimal(1000), "down")
    assert found["support-resolution-time"].unit == "duration"
    assert found["ppc-traffic"].target.growth == Decimal("0.10")


@pytest.mark.parametrize("key", sorted(library.templates()))
def test_every_template_makes_an_indicator_with_its_target(db: None, key: str) -> None:
    template = library.templates()[key]
    team = Team.objects.create(name="T", slug="t")
    indicator = Indicator(key=key, team=team, state="active", **template.initial())
    indicator.full_clean()
    indicator.save()
    example = template.target
    target = Target(
        kind=example.kind,
        comparator=example.comparator,
        strict=example.strict,
        value=example.value,
        upper=example.upper,
        growth=example.growth,
        baseline=example.baseline if example.baseline is not None else 1,
        starts_on=date(2027, 1, 1),
        due_on=date(2027, 12, 31),
    )
    assert target.start(indicator).version == 1
    assert smarter.output_measure(template.name, template.formula) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[a]\nname = 'A'", "missing"),
        ("[a]\ntarget = {text = 'x'}", "no number"),
        ("[a]\ntarget = {text = 'x', value = 1}\ncolour = 'red'", "colour"),
    ],
)
def test_broken_files_are_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(text)
    with pytest.raises(library.BrokenTemplate, match=r"odd\.toml, a"):
        library.read_templates(path)
