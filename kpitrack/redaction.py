"""What no log may hold: the secrets in the addresses of one-time and unsubscribing links."""

from __future__ import annotations

import logging
import re

SECRET = re.compile(r"(/enter/[^/\s?]+/|/notifications/unsubscribe/)[^/\s?\"']+")


def redacted(text: str) -> str:
    """The text without the secrets of addresses in it.

    >>> redacted("Not Found: /enter/abc/f00/")
    'Not Found: /enter/abc/…/'
    """
    return SECRET.sub(r"\1…", text)


class Redaction(logging.Filter):
    """Takes secrets out of every message before a handler writes it."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        short = redacted(message)
        if short != message:
            record.msg, record.args = short, ()
        return True
