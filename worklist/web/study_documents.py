"""Attach a file to an exam from a page, with and without a script."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from archive.documents import current
from archive.documents.queries import BLOCK_BYTES
from archive.documents.rules import VIDEOS
from archive.documents.services import convert
from archive.storage.current import area
from pacs_hub.access.doors import principal_of, requires
from pacs_hub.access.middleware import http_origin
from pacs_hub.access.queries import site
from pacs_hub.kernel.errors import HubError
from worklist.documents.services import IncomingDocument, attach_to_exam
from worklist.exams import queries as exams

FORM_BYTES = 64 * 1024
"""What the other fields of the form may take."""


@require_POST
@requires("documents", "write")
def attach(request: HttpRequest, exam_id: int) -> HttpResponse:
    """Take the file in and come back to the page it was sent from."""
    most_bytes = current.most_bytes()
    too_large = int(request.META.get("CONTENT_LENGTH") or 0) > most_bytes + FORM_BYTES
    exam = exams.exam(principal=principal_of(request), exam_id=exam_id)
    file = None if too_large else request.FILES.get("file")
    if file is None:
        why = "the file is larger than this site takes" if too_large else "no file was chosen"
        messages.warning(request, f"Not attached: {why}.", extra_tags="bad")
        return redirect(f"/exams/{exam.pk}/" if too_large else _back(request, exam_id))
    try:
        row = attach_to_exam(
            exam=exam,
            document=IncomingDocument(
                content=file.chunks(BLOCK_BYTES),
                title=request.POST.get("title", "").strip()[:64],
                file_name=(file.name or "")[:150],
            ),
            area=area(),
            origin=http_origin(request),
            zone=site().zone,
            most_bytes=most_bytes,
        )
        if row.document.kind in VIDEOS:
            told = "Attached. The video is in the study once it is converted."
        else:
            convert(row.document_id, converter=current.converter())
            told = "Attached, and in the study."
    except HubError as refusal:
        messages.warning(request, f"Not attached: {refusal.text}.", extra_tags="bad")
    else:
        messages.success(request, told, extra_tags="ok")
    return redirect(_back(request, exam_id))


def _back(request: HttpRequest, exam_id: int) -> str:
    wanted = request.POST.get("next", "")
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return f"{wanted}#documents"
    return f"/exams/{exam_id}/#documents"
