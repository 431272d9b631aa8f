"""The style guide: every component in every state on one page, as the tests look at it."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.template.backends.django import DjangoTemplates

from analysis.statuses import LOOKS
from tests.dashboards import specimens
from web.charts import ring
from web.formats import Change
from web.icons import DRAWINGS


class SpecimenForm(forms.Form):
    """One field of each arrangement."""

    name = forms.CharField(label="Name", initial="New newsletter subscribers")
    objective = forms.ChoiceField(
        label="Business objective",
        choices=[("1", "Grow revenue from the web shop by 20 % in 2027")],
        help_text="An indicator without an objective is only a number.",
    )
    why = forms.CharField(
        label="Why does it matter?", widget=forms.Textarea(attrs={"rows": 2}), required=False
    )
    step = forms.DecimalField(label="Step on 28 February")
    reminder = forms.BooleanField(label="Remind the owner on Mondays", required=False)

    def clean_step(self) -> None:
        """Always wrong, to show how an error looks."""
        raise forms.ValidationError("Lower than the step before. Did you mean 1,100?")


def page() -> str:
    """The guide, by the templates of the product and those beside this module."""
    how = deepcopy(settings.TEMPLATES[0]) | {"NAME": "styleguide"}
    how["DIRS"] = [Path(__file__).parent / "templates", *how["DIRS"]]
    how.pop("BACKEND")
    return DjangoTemplates(how).get_template("styleguide.html").render(guide())


def guide() -> dict[str, Any]:
    """The context of the page."""
    form = SpecimenForm({"name": "New newsletter subscribers", "objective": "1", "step": "110"})
    form.is_valid()
    return {
        "section": "dashboard",
        "frame": frame(),
        "statuses": list(LOOKS),
        "icons": sorted([*DRAWINGS["stroked"], *DRAWINGS["solid"]]),
        "swatches": [
            "surface",
            "sunken",
            "line",
            "control",
            "muted",
            "ink",
            "accent",
            "good",
            "warn",
            "bad",
        ],
        "changes": changes(),
        "hero": specimens.hero(),
        "cards": specimens.cards(),
        "card_states": specimens.card_states(),
        "rows": specimens.rows(),
        "charts": specimens.charts(),
        "form": form,
        **panels(),
        **meetings(),
    }


def frame() -> dict[str, Any]:
    """A team with pages and neighbours."""
    names = [("dashboard", "board", "Dashboard"), ("indicators", "trend", "Indicators")]
    names += [("reviews", "calendar", "Reviews"), ("wallboard", "screen", "Wallboard")]
    links = [{"section": s, "icon": i, "label": label, "url": "#"} for s, i, label in names]
    return {
        "organisation": "KPItrack",
        "team": {"name": "Digital service", "url": "#"},
        "links": links,
        "teams": [
            {"name": "Back office", "url": "#", "status": "off_track"},
            {"name": "Marketing", "url": "#", "status": "on_track"},
            {"name": "Finance", "url": "#", "status": "at_risk"},
        ],
        "foot_links": [{"icon": "plug", "label": "Integrations", "url": "#", "section": "api"}],
        "tabs": [*links[:3], {"section": "new", "icon": "plus", "label": "New", "url": "#"}],
        "user": {"name": "Alice Berg", "initials": "AB", "url": "#"},
        "shortcuts": {"dashboard": "#", "indicators": "#", "reviews": "#"},
    }


def changes() -> list[Change]:
    """Every meaning of an arrow."""
    return [
        Change("down", "good", "4.6 %", "down is good here"),
        Change("up", "bad", "6.2 %", "up is bad here"),
        Change("flat", "flat", "0.4 %", "within noise"),
    ]


def panels() -> dict[str, Any]:
    """What stands beside charts and forms."""
    checks = [
        ("S", "Specific", "good", "One count, one audience, one unit."),
        ("M", "Measurable", "good", "Formula and source are set."),
        ("A", "Achievable", "warn", "500 a month. Your best month so far: 390."),
        ("R", "Relevant", "good", "Linked to an objective, value stated."),
        ("T", "Time-bound", "good", "Weekly, target date in 18 weeks."),
        ("E", "Evaluate", "good", "In the monthly review."),
        ("R", "Re-evaluate", "none", "Add a date to ask whether this target is still right."),
    ]
    keys = ("letter", "name", "tone", "evidence")
    return {
        "checks": [dict(zip(keys, check, strict=True)) for check in checks],
        "ring": ring(5),
        "pairs": [
            ("Owner", "Ingrid Lund"),
            ("Measured", "Weekly, Monday 06:00"),
            ("Direction", "Lower is better"),
        ],
        "facts": [
            {"term": "Week 47", "figure": "34.2", "aside": "1.2 above milestone"},
            {"term": "Change", "figure": "−0.8", "aside": "vs week 46, noise"},
            {"term": "Milestone, 30 Nov", "figure": "33.0", "aside": "2 weeks left"},
            {"term": "Target, 31 Dec", "figure": "30.0", "aside": "81 % of the way"},
            {"term": "Chance to hit target", "figure": "22 %", "aside": "forecast 31.7 ± 2.6"},
        ],
    }


def meetings() -> dict[str, Any]:
    """Reviews, decisions and notes, and what the palette finds."""
    tab_names = ("Trend", "Process behaviour", "Compare years", "Measurements")
    return {
        "review": {
            "month": "Dec",
            "day": "2",
            "title": "November review",
            "when": "Wednesday 10:00, 45 minutes, 5 people",
            "url": "#",
            "reasons": [
                {
                    "status": "off_track",
                    "text": "Manual actions above the mean for 8 weeks",
                    "aside": "Process shift, since week 40",
                },
                {"status": "", "text": "2 of 5 actions from October still open", "aside": "Jonas"},
            ],
        },
        "tally": [
            {"status": "on_track", "count": 1},
            {"status": "at_risk", "count": 2},
            {"status": "off_track", "count": 1},
        ],
        "entries": [
            {
                "title": "Keep target, change tactic",
                "when": "October review · 4 Nov",
                "text": "Order status questions are now 41 % of calls.",
                "decision": True,
            },
            {"title": "New order status page", "when": "Note · 14 Sep", "text": "Rolled out."},
        ],
        "results": [
            {"icon": "trend", "name": "Manual actions", "detail": "Indicator", "url": "#"},
            {"icon": "plus", "name": "Enter a value for Manual actions", "url": "#"},
        ],
        "tabs": [{"label": n, "url": "#", "current": n[0] == "P"} for n in tab_names],
        "ranges": [
            {"label": label, "url": "#", "current": label == "30 w"}
            for label in ("13 w", "30 w", "52 w", "All")
        ],
    }
