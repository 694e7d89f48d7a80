"""Take objects out of use over HTTP: `POST .../reject/{code}^DCM`, and DELETE as a soft one.

PS3.18 has neither: the first is what dcm4chee offers and OHIF calls, the second what the Python
dicomweb-client tries.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods

from archive.dicomweb.outcome import told
from archive.models import RejectionNote
from archive.rejection import services
from archive.rejection.rules import SCHEME, NoSuchReason
from archive.retrieve.plan import Target
from archive.storage.current import area
from pacs_hub.access.doors import principal_of, requires
from pacs_hub.access.middleware import http_origin
from pacs_hub.access.queries import site

CODE_HEADER: Final = "X-Reject-Code"
LONGEST_TEXT: Final = 1024


@requires("rejection", "write")
@require_http_methods(["POST"])
@told
def reject(
    request: HttpRequest, *, study: str, series: str = "", instance: str = "", code: str
) -> HttpResponseBase:
    """Reject the target; a plain text body is kept in the note as its description."""
    text = ""
    if request.content_type == "text/plain":
        text = request.read(4 * LONGEST_TEXT).decode("utf-8", "replace")[:LONGEST_TEXT].strip()
    note = _reject(request, Target(study=study, series=series, instance=instance), code, text)
    return JsonResponse({"count": note.number_of_references})


@requires("rejection", "write")
@require_http_methods(["DELETE"])
@told
def soft_delete(
    request: HttpRequest, *, study: str, series: str = "", instance: str = ""
) -> HttpResponseBase:
    """Reject the target for the reason in X-Reject-Code; nothing is deleted."""
    target = Target(study=study, series=series, instance=instance)
    _reject(request, target, request.headers.get(CODE_HEADER, ""), "")
    return HttpResponse(status=204)


def is_soft_delete(request: HttpRequest) -> bool:
    """Say whether this is a DELETE that says why; without a reason there is no such method."""
    return request.method == "DELETE" and CODE_HEADER in request.headers


def _reject(request: HttpRequest, target: Target, code: str, text: str) -> RejectionNote:
    value, _, scheme = code.partition("^")
    if scheme not in {"", SCHEME}:
        raise NoSuchReason(f"the codes of rejection are those of {SCHEME}")
    return services.reject(
        target=target,
        code=value,
        text=text,
        principal=principal_of(request),
        area=area(),
        origin=http_origin(request),
        default_issuer=site().default_issuer,
        ae_title=settings.HUB_AE_TITLE,
    )
