"""Every page that people see, as whom the tests look at it, and where it is in the demo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

INDICATOR = "/indicators/conversion/"


@dataclass(frozen=True, slots=True)
class Place:
    """One page; `{review}` and the like in the path are names of the demo."""

    who: str
    path: str
    status: int = 200

    def __str__(self) -> str:
        return f"{self.who} {self.path}"


PLACES = [
    *(
        Place("nobody", f"/accounts/{path}")
        for path in (
            "login/",
            "signup/",
            "inactive/",
            "password/reset/",
            "password/reset/done/",
            "password/reset/key/1-none/",
            "password/reset/key/done/",
        )
    ),
    *(
        Place("ingrid", path)
        for path in (
            "/overview/",
            "/scorecard/",
            "/search/?q=rev",
            "/entry/?show=due",
            "/entry/?show=all",
            "/teams/growth/entry/?show=all",
            "/teams/lumen-shop/",
            "/teams/digital-service/",
            "/teams/growth/indicators/",
            "/teams/growth/indicators/new/",
            "/teams/growth/indicators/new/?template=conversion",
            "/teams/growth/indicators/library/",
            "/teams/growth/settings/",
            "/teams/growth/reviews/",
            "/teams/growth/review-plans/new/",
            "/teams/growth/objectives/new/",
            "/organisation/teams/new/?parent=lumen-shop",
            INDICATOR,
            f"{INDICATOR}?tab=process",
            f"{INDICATOR}?tab=measurements",
            f"{INDICATOR}edit/",
            f"{INDICATOR}promote/",
            f"{INDICATOR}demote/",
            f"{INDICATOR}share/",
            f"{INDICATOR}retire/",
            f"{INDICATOR}target/",
            f"{INDICATOR}values/",
            f"{INDICATOR}comments/",
            f"{INDICATOR}integrate/",
            f"{INDICATOR}rebases/new/",
            "/annotations/new/?indicator=conversion",
            "/objectives/",
            "/objectives/{objective}/",
            "/perspectives/",
            "/reviews/",
            "/review-plans/{plan}/",
            "/reviews/{review}/",
            "/reviews/{review}/close/",
            "/reviews/{closed}/",
            "/reviews/{closed}/minutes/",
            "/imports/",
            "/imports/?indicator=newsletter-subscribers",
            "/imports/{file}/columns/",
            "/imports/{file}/",
            "/imports/{done}/",
            "/deliveries/{delivery}/undo/",
            "/integrations/",
            "/notifications/",
            "/account/",
            "/accounts/email/",
            "/accounts/logout/",
            "/accounts/password/change/",
            "/accounts/reauthenticate/",
        )
    ),
    Place("nobody", "{link}"),
    Place("nobody", "/enter/none/none/", status=404),
    Place("maya", "/entry/"),
    Place("maya", "/teams/lumen-shop/"),
    Place("maya", INDICATOR),
    Place("nell", "/teams/nhs-england/"),
    Place("nell", "/teams/nhs-england/indicators/"),
    Place("asta", "/overview/"),
    Place("asta", "/organisation/"),
    Place("asta", "/organisation/email/"),
    Place("asta", "/organisation/audit/"),
    Place("asta", "/organisation/people/"),
    Place("asta", "/organisation/people/new/"),
    Place("asta", "/organisation/people/{person}/"),
    Place("asta", "/organisation/people/{person}/handover/"),
    Place("asta", "/mails/"),
    Place("asta", "{mail}"),
    Place("ingrid", "/nowhere/", status=404),
    Place("maya", f"{INDICATOR}edit/", status=403),
]

# Addresses that answer with 200 and are not looked at here, and why.
SHOWN_ELSEWHERE = {
    "/healthz": "for machines",
    "/indicators/<key>/figure.json": "for the chart, which test_explore opens",
    **{
        f"/{of}/measurements.{form}": "a file"
        for of in ("indicators/<key>", "teams/<slug>")
        for form in ("csv", "xlsx", "ndjson")
    },
    "/imports/<public_id>/refused.csv": "a file",
    "/notifications/unsubscribe/<signed>/": "test_without_scripts follows it from a mail",
}


def filled(path: str, names: Mapping[str, str]) -> str:
    """The address with its names filled in."""
    return path.format_map(names)
