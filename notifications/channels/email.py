"""E-mail: a text and an HTML part from `templates/emails/<kind>.*`, sent by Django."""

from __future__ import annotations

from datetime import datetime
from email.utils import parseaddr
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from measurements.entry import address_of
from notifications.models import Notification, Topic
from teams.models import Organisation

SALT = "notifications.unsubscribe"


def send(notification: Notification) -> None:
    """Send it now; raises what the mail server or the templates raise.

    The subject is on one line, both parts are there, times are those of the reader's clock, and the
    headers are those that a good sender sets.
    """
    organisation, unsubscribe = Organisation.current(), unsubscribe_url(notification)
    with timezone.override(ZoneInfo(notification.recipient.timezone or organisation.timezone)):
        context = mail_context(notification, organisation, unsubscribe)
        subject, text, page = (
            render_to_string(f"emails/{notification.kind}.{part}", context)
            for part in ("subject", "txt", "html")
        )
    message = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=text.strip() + "\n",
        to=[notification.recipient.email],
        headers=mail_headers(notification, unsubscribe),
    )
    message.attach_alternative(page, "text/html")
    message.send()


def mail_context(
    notification: Notification, organisation: Organisation, unsubscribe: str
) -> dict[str, Any]:
    """What was said at the time, with instants (`*_at`) made times again, and where things are."""
    told = {
        name: datetime.fromisoformat(value) if name.endswith("_at") and value else value
        for name, value in notification.context.items()
    }
    if link := notification.context.get("entry_link"):
        told["entry_url"] = address_of(link)
    return told | {
        "recipient": notification.recipient,
        "organisation": organisation.name,
        "link": settings.BASE_URL + told.get("path", "/"),
        "preferences_url": settings.BASE_URL + reverse("notification_list"),
        "unsubscribe_url": unsubscribe,
    }


def mail_headers(notification: Notification, unsubscribe: str) -> dict[str, str]:
    """The same Message-ID at every attempt, so that a repeat is recognised as one.

    `Auto-Submitted` (RFC 3834) keeps out-of-office replies away, `List-Unsubscribe-Post` (RFC 8058)
    lets a mail program unsubscribe with one click.
    """
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    found = {"Message-ID": f"<{notification.pk}@{domain}>", "Auto-Submitted": "auto-generated"}
    if unsubscribe:
        found["List-Unsubscribe"] = f"<{unsubscribe}>"
        found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return found


def unsubscribe_url(notification: Notification) -> str:
    """Where the recipient ends messages on this topic without signing in; empty for no topic."""
    topic = Topic.of(notification.kind)
    if topic is None:
        return ""
    signed = signing.dumps([notification.recipient_id, topic.value], salt=SALT)
    return f"{settings.BASE_URL}{reverse('notification_unsubscribe', args=[signed])}"


def read_unsubscribe(signed: str) -> tuple[int, Topic] | None:
    """Who wants to hear of which topic no more; None for an address that we did not write."""
    try:
        person_id, topic = signing.loads(signed, salt=SALT)
    except signing.BadSignature:
        return None
    return int(person_id), Topic(topic)
