"""What the DICOMweb door can do, for programs that ask it (PS3.18 8.9)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, get_resolver
from django.views.decorators.http import require_safe

from archive.dicomweb.answers import base_url, entity_tag, json_answer, ranges_of
from archive.dicomweb.frame_types import FRAME_TYPES
from archive.dicomweb.negotiation import JSON_TYPES, TRANSFER_SYNTAXES, rendered_type
from archive.dicomweb.outcome import told
from archive.retrieve.rendering import PICTURE_FORMATS
from pacs_hub.access.doors import requires

WADL: Final = "application/vnd.sun.wadl+xml"
URLS: Final = "archive.dicomweb.urls"
STORED: Final = ("studies", "studies/{study}")
_RANGED: Final = "application/octet-stream"
_XML: Final = 'multipart/related; type="application/dicom+xml"'
_JSON: Final = "application/dicom+json"


@dataclass(frozen=True, kw_only=True)
class Ability:
    """What one kind of resource answers: its method, media types and query parameters."""

    method: str = "GET"
    media_types: tuple[str, ...] = (_JSON,)
    parameters: tuple[str, ...] = ()


_RENDERED: Final = ("annotation", "quality", "viewport", "window", "iccprofile", "accept")
# By the module of the view and its name; a resource that is not here answers JSON.
ABILITIES: Final[dict[str, Ability]] = {
    "qido.search": Ability(
        media_types=(_JSON, _XML),
        parameters=("{attributeID}", "fuzzymatching", "includefield", "limit", "offset", "accept"),
    ),
    "metadata.metadata": Ability(media_types=(_JSON, _XML), parameters=("accept",)),
    "wado.retrieve": Ability(
        media_types=(
            'multipart/related; type="application/dicom"',
            "application/dicom",
            "application/zip",
        ),
        parameters=("accept",),
    ),
    "frames.frames": Ability(
        media_types=(
            'multipart/related; type="application/octet-stream"',
            *dict.fromkeys(FRAME_TYPES.values()),
        ),
        parameters=("accept",),
    ),
    "bulkdata.bulkdata": Ability(media_types=(_RANGED,), parameters=("accept",)),
    "bulkdata.many": Ability(
        media_types=('multipart/related; type="application/octet-stream"',),
        parameters=("accept",),
    ),
    "rendered.picture": Ability(
        media_types=(*PICTURE_FORMATS, "application/pdf", "text/html", "video/mp4"),
        parameters=_RENDERED,
    ),
    "reject.reject": Ability(method="POST", media_types=("application/json",)),
    "stow.store": Ability(method="POST", media_types=(_JSON, "application/dicom+xml")),
}


@told
def options(request: HttpRequest) -> HttpResponseBase:
    """Answer `OPTIONS /dicom-web/`: there is no patient in it, so nobody has to sign in."""
    media_type, _ = rendered_type(ranges_of(request), [WADL, "application/json", _JSON])
    base = base_url(request)
    tag = entity_tag(media_type, base, *(f"{path}{asdict(ability)}" for path, ability in _paths()))
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    content = _wadl(base) if media_type == WADL else _json(base)
    response = HttpResponse(content, content_type=media_type)
    response["Allow"] = "GET, HEAD, OPTIONS"
    response["ETag"] = tag
    return response


@requires("images")
@require_safe
@told
def base(request: HttpRequest) -> HttpResponseBase:
    """Answer the same to a GET, for people with a browser."""
    return options(request)


@requires("images")
@require_safe
@told
def conformance(request: HttpRequest) -> HttpResponseBase:
    """Answer limits, syntaxes and the like, which the document above has no room for."""
    facts = {
        "ae_title": settings.HUB_AE_TITLE,
        "base_url": base_url(request),
        "qido": {"fuzzymatching": True, "limit": {"default": 100, "maximum": 1000}},
        "wado": {"transfer_syntaxes": TRANSFER_SYNTAXES, "frame_media_types": FRAME_TYPES},
        "json_media_types": JSON_TYPES,
    }
    content = json.dumps(facts).encode()
    return json_answer(request, content, media_type="application/json")


def _paths() -> Iterator[tuple[str, Ability]]:
    for pattern in get_resolver(URLS).url_patterns:
        if isinstance(pattern, URLPattern):
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern))
            view: Any = pattern.callback
            name = f"{view.__module__.rpartition('.')[2]}.{view.__name__}"
            yield f"/{path}", ABILITIES.get(name, Ability())
            if path in STORED:
                yield f"/{path}", ABILITIES["stow.store"]


def _json(base: str) -> bytes:
    resources = [{"path": path, **asdict(ability)} for path, ability in _paths()]
    return json.dumps({"base": base, "resources": resources}).encode()


def _wadl(base: str) -> bytes:
    return "".join(_wadl_lines(base)).encode()


def _wadl_lines(base: str) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<application xmlns="http://wadl.dev.java.net/2009/02">'
    yield f"<resources base={quoteattr(base)}>"
    for path, ability in _paths():
        yield f"<resource path={quoteattr(path)}><method name={quoteattr(ability.method)}><request>"
        yield from (f'<param name={quoteattr(p)} style="query"/>' for p in ability.parameters)
        yield "</request><response>"
        types = ability.media_types
        yield from (f"<representation mediaType={quoteattr(kind)}/>" for kind in types)
        yield "</response></method></resource>"
    yield "</resources></application>"
