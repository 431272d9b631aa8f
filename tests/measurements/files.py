"""The steps of a file through the pages, for the tests of each of them."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from measurements.models import Upload

PLAIN = "indicator,at,value\nsales,2026-09,1.5\nsales,2026-10,2\n"
BAD = PLAIN + "sales,soon,3\nother,2026-10,4\nsales,2026-11,many\n"


def file(content: str | bytes, name: str = "sales.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def brought(browser: Client, content: str | bytes = PLAIN, name: str = "sales.csv") -> Upload:
    """The file after the first step."""
    answer = browser.post("/imports/", {"file": file(content, name)})
    assert answer.status_code == 302, answer.content.decode()
    return Upload.objects.get(public_id=answer["Location"].split("/")[2])


def choices(browser: Client, upload: Upload, **changed: str) -> dict[str, str]:
    """What the form of the columns would send, as it stands, with some choices changed."""
    form = browser.get(f"/imports/{upload.public_id}/columns/").context["form"]
    found = {name: form[name].value() for name in form.fields}
    return {name: str(value) for name, value in found.items() if value is not None} | changed


def checked(browser: Client, content: str | bytes = PLAIN, **changed: str) -> Upload:
    """The file after the second step."""
    upload = brought(browser, content)
    sent = choices(browser, upload, **changed) | {"check": "1"}
    answer = browser.post(f"/imports/{upload.public_id}/columns/", sent)
    assert answer.status_code == 302, answer.content.decode()
    upload.refresh_from_db()
    return upload


def page(browser: Client, upload: Upload, *, headers: dict[str, str] | None = None) -> str:
    answer = browser.get(f"/imports/{upload.public_id}/", headers=headers)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def take(browser: Client, upload: Upload, on_error: str = "refuse") -> Any:
    return browser.post(f"/imports/{upload.public_id}/take/", {"on_error": on_error}, follow=True)
