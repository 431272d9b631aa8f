"""What the query string and headers of a delivery ask for."""

from __future__ import annotations

from rest_framework.request import Request

from measurements.delivery import OnError
from web.api.queries import bad_option, option_text
from web.numbers import cited

WORDS: dict[str, bool] = {"true": True, "1": True, "false": False, "0": False}
KEY_LENGTH = 255


def on_error(request: Request) -> OnError:
    """`refuse` (all or nothing) or `skip`."""
    given = option_text(request, "on_error", "refuse")
    if given == "refuse":
        return "refuse"
    if given == "skip":
        return "skip"
    raise bad_option("on_error", f"{cited(given)} is neither refuse nor skip.")


def flag(request: Request, name: str) -> bool:
    """A yes or no of the query string; no where it is not given."""
    given = option_text(request, name, "false")
    if given.lower() not in WORDS:
        raise bad_option(name, f"{cited(given)} is neither true nor false.")
    return WORDS[given.lower()]


def idempotency_key(request: Request) -> str | None:
    """The key of a request that may be sent again, or None."""
    given: str | None = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if given is None:
        return None
    if not 1 <= len(given) <= KEY_LENGTH or not (given.isascii() and given.isprintable()):
        raise bad_option(
            "Idempotency-Key", f"A key has 1 to {KEY_LENGTH} printable ASCII characters."
        )
    return given


def time_option(request: Request, name: str) -> str:
    """A time of the query string, in which an unescaped + has become a space."""
    given = option_text(request, name)
    return f"{given[:-6]}+{given[-5:]}" if given[-6:-5] == " " else given


def page_size(request: Request, usual: int, *, largest: int) -> int:
    """How many rows a page has: what is asked for as far as it goes."""
    given = option_text(request, "page_size")
    if not given:
        return usual
    if not (given.isascii() and given.isdecimal()) or not 1 <= int(given[:9]) <= largest:
        raise bad_option("page_size", f"A page has 1 to {largest} rows.")
    return int(given[:9])
