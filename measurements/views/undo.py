"""The question before a delivery is undone as a whole, and doing it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from indicators.author import Author
from indicators.gate import person
from measurements import undoing
from measurements.models import Batch, Upload
from measurements.undoing import NotUndoable, Undone


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_undo(request: HttpRequest, batch_id: int) -> HttpResponse:
    """What undoing would do, and doing it; 403 with the reason where it is not the person's."""
    user = person(request)
    batch = get_object_or_404(Batch.objects.visible_to(user), pk=batch_id)
    try:
        if request.method != "POST":
            foreseen = undoing.outlook(batch, actor=user)
            context = {"batch": batch, "foreseen": foreseen}
            return render(request, "measurements/import_undo.html", context)
        undone = undoing.undo(
            batch, actor=user, request_id=Author.of(request).request_id, now=timezone.now()
        )
    except NotUndoable as problem:
        if problem.code == "forbidden":
            context = {"batch": batch, "words": str(problem)}
            return render(request, "measurements/import_undo.html", context, status=403)
        messages.error(request, str(problem))
    else:
        messages.success(request, told(undone))
    upload = Upload.objects.visible_to(user).filter(batch=batch).defer("content", "table").first()
    return redirect("import_detail", upload.public_id) if upload else redirect("token_list")


def told(undone: Undone) -> str:
    """What was undone, in a sentence for each kind."""
    said = [
        counted(undone.withdrawn, "was withdrawn", "were withdrawn"),
        counted(undone.restored, "has its earlier value again", "have their earlier value again"),
        counted(
            undone.kept, "changed since and was left alone", "changed since and were left alone"
        ),
    ]
    return " ".join(["Undone.", *filter(None, said)])


def counted(number: int, one: str, many: str) -> str:
    """Such as “3 values were withdrawn.”; nothing for none."""
    if not number:
        return ""
    return f"1 value {one}." if number == 1 else f"{number:,} values {many}."
