"""Files in the browser: bring one, say how it is read, see what it would do, take it in."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from indicators.author import Author
from indicators.gate import the_indicator
from indicators.models import Indicator
from measurements import undoing
from measurements.files import bringing, foresight, jobs
from measurements.files.bringing import LARGEST, TOO_LARGE, NotAccepted
from measurements.files.limits import Unreadable
from measurements.files.outcome import Tally, UploadOutcome
from measurements.files.reading import FileLook
from measurements.forms.imports import ColumnsForm, FileForm, TakeForm
from measurements.models import Batch, Upload
from measurements.undoing import NotUndoable, Undone
from teams.access import Action
from teams.gate import person, sent
from web.cells import guarded

SHOWN = 10
SHOWN_REFUSALS = 20
# A body that is larger is not even read; a file that is only a little too large gets a kind answer.
LARGEST_BODY = 4 * LARGEST
WAITS_FOR_WORKER = timedelta(seconds=10)

State = Upload.State


# --- 1, the file -----------------------------------------------------------------------------


@csrf_exempt  # for the outer one alone, which looks at the size before anything reads the body
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    """Choose a file, for many indicators or, from its page, for one."""
    indicator = wished_for(request)
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        return new_page(request, too_large(), indicator)
    return brought(request, indicator)


@csrf_protect
def brought(request: HttpRequest, indicator: Indicator | None) -> HttpResponse:
    """The form, or the file that came with it."""
    form = FileForm(sent(request), request.FILES if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            upload = accept_file(form.cleaned_data["file"], request, indicator)
        except NotAccepted as problem:
            form.add_error("file", str(problem))
        else:
            return redirect("import_columns", upload.public_id)
    return new_page(request, form, indicator)


def accept_file(
    file: UploadedFile[bytes], request: HttpRequest, indicator: Indicator | None
) -> Upload:
    """The file, kept; one that is too large is not read into memory."""
    if (file.size or 0) > LARGEST:
        raise NotAccepted(TOO_LARGE)
    return bringing.bring(
        file.read(),
        name=file.name or "",
        user=person(request),
        indicator=indicator,
        now=timezone.now(),
    )


def too_large() -> FileForm:
    """The form after a body that nobody read."""
    form = FileForm({})
    form.fields["file"].required = False
    form.is_valid()
    form.add_error("file", TOO_LARGE)
    return form


def new_page(request: HttpRequest, form: FileForm, indicator: Indicator | None) -> HttpResponse:
    """The page that asks for a file, with the last ones."""
    own = Upload.objects.visible_to(person(request)).defer("content", "table")
    context = {"form": form, "indicator": indicator, "uploads": own.select_related("batch")[:SHOWN]}
    status = 422 if form.errors else 200
    return render(request, "measurements/import_new.html", context, status=status)


def wished_for(request: HttpRequest) -> Indicator | None:
    """The indicator that the address names; 403 for who may enter values nowhere."""
    if key := request.GET.get("indicator", ""):
        return the_indicator(request, key, Action.ENTER)
    if not person(request).reach.teams_for(Action.ENTER):
        raise PermissionDenied
    return None


# --- 2, the columns --------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_columns(request: HttpRequest, public_id: str) -> HttpResponse:
    """How the file is read, with what it does not tell as questions."""
    upload = the_upload(request, public_id)
    if upload.state not in Upload.UNDECIDED:
        return redirect("import_detail", upload.public_id)
    look = bringing.look_at_upload(upload)
    form = columns_form(request, look)
    if request.method == "POST" and form.is_valid():
        return read_again(request, upload, form)
    return columns_page(request, upload, form)


def columns_form(request: HttpRequest, look: FileLook) -> ColumnsForm:
    """The choices about a file, filled with what was sent."""
    return ColumnsForm(sent(request), look=look, known=bringing.known_for(person(request)))


def read_again(request: HttpRequest, upload: Upload, form: ColumnsForm) -> HttpResponse:
    """Read the file as it was chosen; where nothing is open, count what it would do."""
    try:
        look = bringing.look_at_upload(upload, form.chosen())
        ready = "check" in request.POST and not look.questions
        if ready and jobs.prepare_upload(upload, look.reading, now=timezone.now()):
            return redirect("import_detail", upload.public_id)
    except Unreadable as problem:
        form.add_error(None, str(problem))
        return columns_page(request, upload, form)
    if ready or not jobs.keep_reading(upload, look.reading):
        return gone(request, upload)
    fresh = ColumnsForm(look=look, known=form.known)
    return columns_page(request, upload, fresh, is_open="check" in request.POST)


def columns_page(
    request: HttpRequest, upload: Upload, form: ColumnsForm, *, is_open: bool = False
) -> HttpResponse:
    """The page of the choices; `is_open` where questions kept it from going on."""
    context = {"upload": upload, "form": form, "look": form.look, "is_open": is_open}
    status = 422 if form.errors or is_open else 200
    return render(request, "measurements/import_columns.html", context, status=status)


# --- 3, what it would do, and 4, what it did ---------------------------------------------------


@login_required
@require_GET
def import_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """How far the file has come: to be decided, on its way, taken in, or not."""
    upload = the_upload(request, public_id)
    outcome = UploadOutcome.of(upload)
    context: dict[str, Any] = {"upload": upload, "outcome": outcome, "tally": outcome.tally}
    if upload.state == State.QUEUED:
        return progress_page(request, upload, context)
    if getattr(request, "htmx", False):
        return HttpResponse(headers={"HX-Refresh": "true"})
    if upload.state == State.DONE:
        return result_page(request, context)
    if outcome.tally is None and not outcome.problem:
        return redirect("import_columns", upload.public_id)
    return check_page(request, upload, context)


def progress_page(request: HttpRequest, upload: Upload, context: dict[str, Any]) -> HttpResponse:
    """How far the worker is; asked again every second where scripts run."""
    rows = jobs.rows_read(upload.public_id)
    waited = timezone.now() - (upload.queued_at or timezone.now())
    total = context["outcome"].total
    context |= {
        "rows": rows,
        "total": total,
        "share": min(100 * rows // total, 100) if total else None,
        "is_waiting": upload.claimed_at is None and waited > WAITS_FOR_WORKER,
    }
    name = "import_bar" if getattr(request, "htmx", False) else "import_progress"
    return render(request, f"measurements/{name}.html", context)


def check_page(request: HttpRequest, upload: Upload, context: dict[str, Any]) -> HttpResponse:
    """What each of the first rows would do, with counts over the whole file."""
    try:
        context["rows"] = foresight.first_rows(upload, now=timezone.now())
    except Unreadable as problem:
        context["outcome"].problem = str(problem)
    last = max((row.line for row in context.get("rows", ())), default=0)
    context |= first_refusals(context["tally"], after=last)
    return render(request, "measurements/import_check.html", context)


def result_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """What came of it, with a way back."""
    batch = context["upload"].batch
    ids = (batch.indicator_ids or []) if batch else []
    changed = Indicator.objects.visible_to(person(request)).filter(pk__in=ids).order_by("name")
    context |= {"batch": batch, "indicators": changed[:SHOWN]}
    context |= first_refusals(context["tally"])
    return render(request, "measurements/import_result.html", context)


def first_refusals(tally: Tally | None, *, after: int = 0) -> dict[str, Any]:
    """The first lines that are not taken, of those that nothing above names, and whether more."""
    later = [one for one in tally.refusals if one.line > after] if tally else []
    is_cut = tally is not None and (len(later) > SHOWN_REFUSALS or tally.has_more_refusals)
    return {"refusals": later[:SHOWN_REFUSALS], "more": is_cut}


@login_required
@require_POST
def import_take(request: HttpRequest, public_id: str) -> HttpResponse:
    """Hand the file to the worker, all or nothing or the good lines alone; once."""
    upload = the_upload(request, public_id)
    form = TakeForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose what happens to refused rows.")
        return redirect("import_detail", upload.public_id)
    if UploadOutcome.of(upload).tally is None:
        return gone(request, upload)
    taken = jobs.commit(
        upload,
        on_error=form.cleaned_data["on_error"],
        request_id=Author.of(request).request_id,
        now=timezone.now(),
    )
    return redirect("import_detail", upload.public_id) if taken else gone(request, upload)


@login_required
@require_POST
def import_discard(request: HttpRequest, public_id: str) -> HttpResponse:
    """Delete the file; nothing of it was stored."""
    upload = the_upload(request, public_id)
    if not jobs.discard(upload):
        return gone(request, upload)
    messages.success(request, "File deleted. None of its values was stored.")
    return redirect("import_new")


@login_required
@require_GET
def import_refused(request: HttpRequest, public_id: str) -> HttpResponse:
    """The lines that are not taken, with the reason, as a table for spreadsheets."""
    upload = the_upload(request, public_id)
    tally = UploadOutcome.of(upload).tally
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["line", "column", "reason"])
    for one in tally.refusals if tally else ():
        writer.writerow([one.line, guarded(one.field), guarded(one.words)])
    if tally and tally.has_more_refusals:
        left = tally.rejected - len(tally.refusals)
        writer.writerow(["", "", f"and {left} more lines"])
    headers = {"Content-Disposition": f'attachment; filename="refused-{upload.public_id}.csv"'}
    return HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def the_upload(request: HttpRequest, public_id: str) -> Upload:
    """The person's own file; that of anybody else is not there."""
    own = Upload.objects.editable_by(person(request)).defer("content", "table")
    return get_object_or_404(own.select_related("user", "batch"), public_id=public_id)


def gone(request: HttpRequest, upload: Upload) -> HttpResponse:
    """Somebody, perhaps in another window, was quicker."""
    messages.error(request, "This file is being imported already, or was imported.")
    return redirect("import_detail", upload.public_id)


# --- 5, the way back ------------------------------------------------------------------------------


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
        messages.success(request, undone_words(undone))
    upload = Upload.objects.visible_to(user).filter(batch=batch).defer("content", "table").first()
    return redirect("import_detail", upload.public_id) if upload else redirect("token_list")


def undone_words(undone: Undone) -> str:
    """What was undone, in a sentence for each kind."""
    said = [
        count_of(undone.withdrawn, "was withdrawn", "were withdrawn"),
        count_of(undone.restored, "has its earlier value again", "have their earlier value again"),
        count_of(
            undone.kept, "changed since and was left alone", "changed since and were left alone"
        ),
    ]
    return " ".join(["Undone.", *filter(None, said)])


def count_of(number: int, one: str, many: str) -> str:
    """Such as “3 values were withdrawn.”; nothing for none."""
    if not number:
        return ""
    return f"1 value {one}." if number == 1 else f"{number:,} values {many}."
