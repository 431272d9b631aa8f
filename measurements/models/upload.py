"""Files that people upload in the browser: kept until they are imported, undone or forgotten."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils import timezone

from measurements.models.measurement import Batch
from teams.models import User

KEPT_FOR = timedelta(hours=24)  # a file that nobody took in
# A worker that claimed a file locks its row within this, and until it is done, or it has died.
LEASE = timedelta(seconds=30)


def new_public_id() -> str:
    """Twelve letters and digits that nobody guesses."""
    return secrets.token_hex(6)


class UploadQuerySet(models.QuerySet["Upload"]):
    """The vocabulary of reading uploads."""

    def visible_to(self, user: User) -> UploadQuerySet:
        """Who uploaded a file sees it; nobody else before its values are imported."""
        return self.filter(user_id=user.reach.user_id or 0)

    def editable_by(self, user: User) -> UploadQuerySet:
        """Who brought a file reads it in; nobody else, because the values come in their name."""
        return self.visible_to(user)

    def undecided(self) -> UploadQuerySet:
        """Those that wait for their person: not yet taken in, or given back."""
        return self.filter(state__in=Upload.UNDECIDED)

    def forgotten(self, now: datetime) -> UploadQuerySet:
        """Those that waited too long for somebody to take them in."""
        return self.undecided().filter(created_at__lt=now - KEPT_FOR)

    @transaction.atomic
    def claim(self, now: datetime) -> Upload | None:
        """The oldest that waits for a worker and that no living one has; it is ours for a time."""
        free = models.Q(claimed_at=None) | models.Q(claimed_at__lt=now - LEASE)
        queued = self.filter(free, state=Upload.State.QUEUED).order_by("queued_at")
        found = queued.select_for_update(skip_locked=True).first()
        if found is not None:
            self.filter(pk=found.pk).update(claimed_at=now)
        return found


class Upload(models.Model):
    """One file: as it came, how it is to be read, and what became of it."""

    class State(models.TextChoices):
        """How far it has come."""

        WAITING = "waiting", "Waiting for you"
        QUEUED = "queued", "Importing"
        DONE = "done", "Imported"
        FAILED = "failed", "Failed"

    UNDECIDED = (State.WAITING, State.FAILED)

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="uploads")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    file_name = models.CharField(max_length=200)
    content = models.BinaryField(help_text="The file itself; emptied after the import.")
    table = models.BinaryField(
        default=b"",
        help_text="The parsed sheet; empty for text and after the import.",
    )
    size = models.PositiveIntegerField(help_text="Bytes as they came.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    reading = models.JSONField(
        default=dict, help_text="How it is read: encoding, marks, sheet, columns; as chosen."
    )
    queued_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    outcome = models.JSONField(default=dict, help_text="Counts, and the first refusals.")
    batch = models.ForeignKey(Batch, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.file_name
