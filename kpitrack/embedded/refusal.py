"""The one exception of this package: something the person at the terminal has to put right."""

from __future__ import annotations


class Refusal(Exception):
    """One clear line that says what is wrong and what to do; shown without a traceback."""
