"""The resources of /dicom-web/ (PS3.18 10.1)."""

from __future__ import annotations

import functools
from typing import Any, Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path

from archive.dicomweb import (
    bulkdata,
    capabilities,
    commitment,
    frames,
    metadata,
    not_offered,
    qido,
    reject,
    rendered,
    stow,
    wado,
)
from archive.dicomweb.cors import shared
from archive.dicomweb.outcome import View
from archive.index.keys import Level

_STUDY: Final = "studies/<str:study>"
_SERIES: Final = f"{_STUDY}/series/<str:series>"
_INSTANCE: Final = f"{_SERIES}/instances/<str:instance>"
_FRAMES: Final = f"{_INSTANCE}/frames/<str:numbers>"


def _at(route: str, view: View, **facts: Any) -> URLPattern:
    return path(route, shared(view), facts)


def _stored_or(view: View) -> View:
    """Store what is posted (STOW-RS); let `view` answer everything else."""

    @functools.wraps(view)
    def by_method(request: HttpRequest, **names: Any) -> HttpResponseBase:
        if request.method == "POST":
            return stow.store(request, study=names.get("study", ""))
        return view(request, **names)

    return by_method


def _soft_delete_or(view: View) -> View:
    """Reject what is deleted for a reason; let `view` answer everything else."""

    @functools.wraps(view)
    def by_method(request: HttpRequest, **names: Any) -> HttpResponseBase:
        if reject.is_soft_delete(request):
            return reject.soft_delete(request, **names)
        return view(request, **names)

    return by_method


urlpatterns = [
    path("", shared(capabilities.base, options=capabilities.options)),
    _at("conformance.json", capabilities.conformance),
    _at("studies", _stored_or(qido.search), level=Level.STUDY),
    _at("series", qido.search, level=Level.SERIES),
    _at("instances", qido.search, level=Level.INSTANCE),
    _at(f"{_STUDY}/series", qido.search, level=Level.SERIES),
    _at(f"{_STUDY}/instances", qido.search, level=Level.INSTANCE),
    _at(f"{_SERIES}/instances", qido.search, level=Level.INSTANCE),
    *(_at(f"{place}/metadata", metadata.metadata) for place in (_STUDY, _SERIES, _INSTANCE)),
    _at(_STUDY, _soft_delete_or(_stored_or(wado.retrieve))),
    *(_at(place, _soft_delete_or(wado.retrieve)) for place in (_SERIES, _INSTANCE)),
    *(_at(f"{place}/reject/<str:code>", reject.reject) for place in (_STUDY, _SERIES, _INSTANCE)),
    *(
        _at(f"{place}/{name}", rendered.picture, thumbnail=name == "thumbnail")
        for place in (_STUDY, _SERIES, _INSTANCE, _FRAMES)
        for name in ("rendered", "thumbnail")
    ),
    *(
        _at(f"{place}/{name}", not_offered.volume)
        for place in (_STUDY, _SERIES, _INSTANCE)
        for name in ("renderedmpr", "rendered3d")
    ),
    _at(_FRAMES, frames.frames),
    *(
        _at(f"{place}/{name}", bulkdata.many, pixels_only=name == "pixeldata")
        for place in (_STUDY, _SERIES, _INSTANCE)
        for name in ("bulkdata", "pixeldata")
    ),
    _at(f"{_INSTANCE}/bulkdata/<path:place>", bulkdata.bulkdata),
    _at("commitment-requests/<str:transaction_uid>", commitment.commitment),
]
