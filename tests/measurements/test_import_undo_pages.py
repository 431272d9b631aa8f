"""Undoing an import in the browser: foreseen, done once, and refused with the reason."""

from __future__ import annotations

import pytest
from django.test import Client

from indicators.models import Indicator
from measurements.delivery import deliver
from measurements.models import Batch, Measurement, Upload
from measurements.row import Row, Sender
from teams.models import AuditEntry, Team, User
from tests import clock
from tests.conftest import signed_in
from tests.factories import make_indicator, make_team

pytestmark = pytest.mark.django_db

FILE = Batch.Door.FILE


def bring(actor: User, *values: str, door: Batch.Door = FILE, key: str = "sales") -> Batch:
    """Values of the months from January on."""
    rows = [
        Row(index=k, indicator=key, at=f"2026-{k + 1:02}", value=value)
        for k, value in enumerate(values)
    ]
    report = deliver(rows, Sender(actor=actor, door=door, label="sales.csv"), now=clock.now())
    assert report.batch_id is not None
    return Batch.objects.get(pk=report.batch_id)


@pytest.fixture
def batch(carl: User, sales: Indicator) -> Batch:
    """Corrects one value, creates two, and one of these is corrected by hand afterwards."""
    bring(carl, "1", door=Batch.Door.FORM)
    found = bring(carl, "10", "20", "30")
    bring(carl, "10", "20", "33", door=Batch.Door.FORM)
    return found


def text(client: Client, url: str, *, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


def test_the_question_tells_what_would_happen_and_changes_nothing(carl: User, batch: Batch) -> None:
    shown = text(signed_in(carl), f"/deliveries/{batch.pk}/undo/")
    assert "<b>1</b> new value withdrawn" in shown
    assert "<b>1</b> corrected value set back" in shown
    assert "<b>1</b> value changed since, left as it is" in shown
    assert Measurement.objects.count() == 3 and Batch.objects.get(pk=batch.pk).is_undoable


def test_it_is_undone_once_and_said(carl: User, batch: Batch) -> None:
    carls = signed_in(carl)
    url = f"/deliveries/{batch.pk}/undo/"
    answer = carls.post(url, follow=True)
    assert answer.redirect_chain[-1][0] == "/integrations/"
    said = answer.content.decode()
    assert "1 value was withdrawn." in said and "1 value has its earlier value again." in said
    assert "1 value changed since and was left alone." in said
    left = Measurement.objects.order_by("at").values_list("value", flat=True)
    assert [int(value or 0) for value in left] == [1, 33]
    assert AuditEntry.objects.get(action="measurements.undone").request_id
    again = carls.post(url, follow=True).content.decode()
    assert "undone already" in again
    assert "undone already" in carls.get(url, follow=True).content.decode()
    assert Measurement.objects.count() == 2


def test_the_page_of_the_file_shows_it(carl: User, batch: Batch) -> None:
    upload = Upload.objects.create(
        user=carl, file_name="sales.csv", size=9, state="done", batch=batch, content=b"",
        finished_at=clock.now(), outcome={"tally": {"received": 3, "created": 2}},
    )  # fmt: skip
    carls = signed_in(carl)
    assert f"/deliveries/{batch.pk}/undo/" in text(carls, f"/imports/{upload.public_id}/")
    answer = carls.post(f"/deliveries/{batch.pk}/undo/", follow=True)
    assert answer.redirect_chain[-1][0] == f"/imports/{upload.public_id}/"
    shown = text(carls, f"/imports/{upload.public_id}/")
    assert "Imported, then undone" in shown and "Undo this import" not in shown
    assert ", undone" in text(carls, "/imports/")


def test_the_deliveries_lead_to_it_where_it_can_be_done(carl: User, batch: Batch) -> None:
    carls = signed_in(carl)
    before = text(carls, "/integrations/")
    assert before.count("/undo/") == 1 and f"/deliveries/{batch.pk}/undo/" in before
    carls.post(f"/deliveries/{batch.pk}/undo/")
    assert "/undo/" not in text(carls, "/integrations/")


def test_who_may_not_enter_into_all_of_it_any_more_is_told(carl: User, red_team: Team) -> None:
    other = make_team("Blue team")
    make_indicator(other, "costs")
    carl.memberships.create(team=other, role="contributor")
    carl = User.objects.get(pk=carl.pk)
    batch = bring(carl, "1", key="costs")
    carl.memberships.filter(team=other).update(role="viewer")
    carls = signed_in(carl)
    url = f"/deliveries/{batch.pk}/undo/"
    assert "may not enter values into every indicator" in text(carls, url, status=403)
    assert carls.post(url).status_code == 403 and Measurement.objects.count() == 1


def test_administrators_may_and_strangers_find_nothing(
    alice: User, bob: User, charlie: User, dora: User, batch: Batch
) -> None:
    url = f"/deliveries/{batch.pk}/undo/"
    for other in (alice, bob, charlie):
        assert signed_in(other).get(url).status_code == 404
        assert signed_in(other).post(url).status_code == 404
    assert "login" in Client().post(url)["Location"]
    assert Batch.objects.get(pk=batch.pk).undone_by is None
    assert signed_in(dora).post(url).status_code == 302
    by = Batch.objects.get(pk=batch.pk).undone_by
    assert by is not None and by.actor == dora


def test_what_is_not_there_and_other_methods(carl: User, batch: Batch) -> None:
    carls = signed_in(carl)
    assert carls.get("/deliveries/999999/undo/").status_code == 404
    assert carls.delete(f"/deliveries/{batch.pk}/undo/").status_code == 405


def test_values_by_hand_are_not_undone_as_a_whole(carl: User, sales: Indicator) -> None:
    batch = bring(carl, "1", door=Batch.Door.FORM)
    answer = signed_in(carl).post(f"/deliveries/{batch.pk}/undo/", follow=True)
    assert "Only files and imports by command" in answer.content.decode()
    assert Measurement.objects.count() == 1
