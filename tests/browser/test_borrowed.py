"""Pages that libraries draw keep our policy too: the documented API and the administration site."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opened

pytestmark = pytest.mark.e2e

PAGES = [
    ("/api/v1/docs/", ".opblock"),
    ("/admin/", "#content"),
    ("/admin/teams/user/", "#result_list"),
    ("/admin/indicators/indicator/", "#result_list"),
    ("/admin/teams/auditentry/", "#content"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("path", "shows"), PAGES, ids=[path for path, _ in PAGES])
def test_a_borrowed_page_keeps_the_policy(
    opened: Opened, path: str, shows: str, scheme: str
) -> None:
    seen = opened("asta", path, scheme=scheme)
    assert seen.status == 200
    expect(seen.page.locator(shows).first).to_be_visible()
    # they ask for /favicon.ico, which is nowhere
    assert [problem for problem in seen.problems if "404" not in problem] == []


def test_an_operation_is_opened_and_read(opened: Opened) -> None:
    """The document is large; a browser shows it without eval and without inline styles."""
    seen = opened("asta", "/api/v1/docs/")
    seen.page.locator(".opblock-summary-control").first.click()
    expect(seen.page.locator(".opblock.is-open .opblock-body").first).to_be_visible()
    assert seen.problems == []
