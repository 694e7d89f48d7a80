"""What the DICOMweb doors have in common: their address, JSON bodies, entity tags, audit rows."""

from __future__ import annotations

import functools
import gzip
import hashlib
import re
from collections.abc import Iterable
from typing import Final, Literal, Protocol, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response

from archive.dicomweb.accept import Accepted, accepted
from archive.store.models import Study
from pacs_hub.access.doors import principal_of
from pacs_hub.access.middleware import http_origin
from pacs_hub.audit import services as audit

Answer = TypeVar("Answer", bound=HttpResponseBase)

ROOT: Final = "/dicom-web"
COMPRESS_FROM_BYTES: Final = 2048
AUDIT_ONCE_SECONDS: Final = 300
_PLACE: Final = re.compile(r"https?://([\w.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?(/[\w./-]*)?")


def base_url(request: HttpRequest) -> str:
    """Return the absolute address of the door, ending before /studies.

    It is the one a proxy of ours says it was asked for, else the hub's public one, unless a
    browser reached us by another name of ours and port. A Host without a port says nothing:
    dicomweb-client 0.61 leaves the port out.
    """
    if forwarded := _forwarded(request):
        return f"{forwarded}{ROOT}"
    public: str = settings.HUB_PUBLIC_URL
    host = request.get_host()
    if ":" not in host or host == urlsplit(public).netloc:
        return f"{public}{ROOT}"
    return f"{request.scheme}://{host}{ROOT}"


def _forwarded(request: HttpRequest) -> str:
    """Return where a proxy of ours was reached, "" where there is none or it does not say."""
    headers = request.headers
    host = headers.get("X-Forwarded-Host", "").split(",")[0].strip()
    if not host or request.META.get("REMOTE_ADDR") not in settings.HUB_TRUSTED_PROXIES:
        return ""
    scheme = headers.get("X-Forwarded-Proto", "").split(",")[0].strip() or request.scheme
    port = headers.get("X-Forwarded-Port", "").split(",")[0].strip()
    if port and ":" not in host and port != {"http": "80", "https": "443"}.get(str(scheme)):
        host = f"{host}:{port}"
    place = f"{scheme}://{host}{headers.get('X-Forwarded-Prefix', '').rstrip('/')}"
    return place if _PLACE.fullmatch(place) else ""


def ranges_of(request: HttpRequest) -> list[Accepted]:
    """Return what the caller accepts; `?accept=` is looked at first (PS3.18 8.3.3.1)."""
    parameter = tuple(request.GET.getlist("accept")) if request.META.get("QUERY_STRING") else ()
    return [*_ranges(request.headers.get("Accept", ""), parameter)]


@functools.lru_cache(maxsize=256)
def _ranges(header: str, parameter: tuple[str, ...]) -> tuple[Accepted, ...]:
    """Viewers send the same few headers all day."""
    return tuple(accepted(header, parameter))


def json_answer(request: HttpRequest, content: bytes, *, media_type: str) -> HttpResponse:
    """Return a JSON body, without a charset parameter and compressed where that is wanted."""
    response = HttpResponse(content_type=media_type)
    if "gzip" in request.headers.get("Accept-Encoding", "") and len(content) > COMPRESS_FROM_BYTES:
        content = gzip.compress(content, 1, mtime=0)
        response["Content-Encoding"] = "gzip"
    response.content = content
    response["Vary"] = "Accept, Accept-Encoding"
    return response


def entity_tag(*facts: object) -> str:
    """Return a weak entity tag of these facts."""
    digest = hashlib.sha256("|".join(str(fact) for fact in facts).encode()).hexdigest()
    return f'W/"{digest[:32]}"'


def not_modified(request: HttpRequest, tag: str) -> HttpResponse | None:
    """Return 304 where the caller has this already (RFC 9110 13.1.2)."""
    response = get_conditional_response(request, etag=tag)
    return response if response is not None and response.status_code == 304 else None


def warn(response: Answer, warnings: Iterable[str]) -> Answer:
    """Say in the header what the caller should know (PS3.18 8.3.4.4)."""
    texts = [f"299 {settings.HUB_AE_TITLE}: {text}" for text in warnings]
    if texts:
        response["Warning"] = ", ".join(texts)
    return response


class Seen(Protocol):
    """What an audit row needs of the study it is about."""

    @property
    def study_instance_uid(self) -> str: ...

    @property
    def patient_id(self) -> int: ...


def note(
    request: HttpRequest, action: Literal["view", "export", "query"], *, study: Seen | Study | None
) -> None:
    """Write one audit row for a caller, what they ask for and why, not one for each call.

    What they ask for is a study, or a question put in the very same words.
    """
    origin, role = http_origin(request), principal_of(request).role
    about = request.get_full_path() if study is None else study.study_instance_uid
    key = f"dicomweb-audit:{origin.actor}:{origin.address}:{action}:{about}"
    if not cache.add(hashlib.sha256(key.encode()).hexdigest(), 1, AUDIT_ONCE_SECONDS):
        return
    audit.record(
        action=action,
        object_type="study",
        object_id="" if study is None else study.study_instance_uid,
        origin=origin,
        role=role,
        patient_id=None if study is None else study.patient_id,
    )
