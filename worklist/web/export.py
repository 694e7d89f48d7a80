"""A study as the content of a disc, streamed as one ZIP archive."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from archive.retrieve import plan
from archive.retrieve.disc import disc
from archive.retrieve.plan import Target
from archive.retrieve.zipping import zipped
from archive.storage.current import area
from pacs_hub.access.doors import principal_of, requires
from pacs_hub.access.middleware import http_origin
from pacs_hub.audit import services as audit

ZIP: Final = "application/zip"


@require_safe
@requires("images")
def with_directory(request: HttpRequest, study: str) -> HttpResponseBase:
    """Answer the study's objects as they leave, with a DICOMDIR (PS3.10 8.6)."""
    principal = principal_of(request)
    rows = plan.instances(Target(study=study), principal=principal)
    audit.record(
        action="export",
        object_type="study",
        object_id=study,
        origin=http_origin(request),
        role=principal.role,
        patient_id=rows[0].study.patient_id,
        detail=f"{len(rows)} objects for a disc",
    )
    files = disc(rows, area=area(), ae_title=settings.HUB_AE_TITLE)
    response = StreamingHttpResponse(zipped(files), content_type=ZIP)
    response["Content-Disposition"] = f'attachment; filename="{study}.zip"'
    response["Cache-Control"] = "private, no-store"
    return response
