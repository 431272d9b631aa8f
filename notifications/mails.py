"""The mails an installation without a mail server has written to its folder."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from django.conf import settings

MOST = 200
NAME = re.compile(r"[A-Za-z0-9_.-]{1,120}\.log")
SEPARATOR = "-" * 79  # what Django writes between the mails of one file


def mail_folder() -> Path | None:
    """Where mails are written, or None where they are sent."""
    if not settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        return None
    return Path(settings.EMAIL_FILE_PATH)


def recent_mails(where: Path) -> list[dict[str, Any]]:
    """The newest mails first."""
    if not where.is_dir():
        return []
    files = sorted(where.glob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True)
    found: list[dict[str, Any]] = []
    for file in files[:MOST]:
        found.extend(reversed(list(read_mails(file))))
    return found[:MOST]


def find_mail(where: Path, file: str, number: int) -> dict[str, Any] | None:
    """A single mail; None where the folder has no such file or the file no such mail."""
    path = where / file
    if not NAME.fullmatch(file) or not path.is_file():
        return None
    return next((mail for mail in read_mails(path) if mail["number"] == number), None)


def read_mails(path: Path) -> Iterator[dict[str, Any]]:
    """The mails of a file in the order they were written; `number` is the place of each."""
    written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    chunks = path.read_bytes().split(f"\n{SEPARATOR}\n".encode())
    for number, chunk in enumerate(part for part in chunks if part.strip()):
        message = email.message_from_bytes(chunk.lstrip(b"\n"), policy=default)
        yield {
            "file": path.name,
            "number": number,
            "written_at": written_at,
            "subject": str(message["Subject"] or "(no subject)"),
            "sender": str(message["From"] or ""),
            "recipients": str(message["To"] or message["Bcc"] or ""),
            "text": plain_text_of(message),
        }


def plain_text_of(message: EmailMessage) -> str:
    """The plain-text part; "" where there is none that can be read."""
    body = message.get_body(("plain",))
    if body is None:
        return ""
    try:
        return str(body.get_content())
    except (LookupError, UnicodeError):
        return ""
