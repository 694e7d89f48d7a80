"""Resources the standard names and we do not make (PS3.18 10.4.1.1.8)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from archive.dicomweb.outcome import told
from pacs_hub.access.doors import requires
from pacs_hub.kernel.errors import Malformed


class NotOffered(Malformed):
    """The resource is known and not made here."""

    code = "not-offered"


@requires("images")
@require_safe
@told
def volume(request: HttpRequest, **names: Any) -> HttpResponseBase:  # noqa: ARG001
    """Answer 501 to a request for reconstructed planes or volumes."""
    raise NotOffered("planes and volumes are not reconstructed here; ask for frames")
