"""Bodies of STOW-RS requests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.test import Client

from archive.dicomweb import multipart
from archive.dicomweb.multipart import Part

BOUNDARY = "a-boundary"
ROOT = "/dicom-web"


def body(*parts: tuple[str, bytes] | tuple[str, bytes, str]) -> bytes:
    """Return a multipart body of (Content-Type, bytes[, Content-Location])."""
    written = (
        Part(content_type=part[0], chunks=[part[1]], location=part[2] if len(part) > 2 else "")
        for part in parts
    )
    return b"".join(multipart.body(written, BOUNDARY))


def content_type(kind: str = "application/dicom") -> str:
    """Return the Content-Type of such a body."""
    return f'multipart/related; type="{kind}"; boundary={BOUNDARY}'


def post(
    client: Client,
    *objects: bytes,
    study: str = "",
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    """Send Part 10 files, as any client does."""
    return send(
        client,
        body(*(("application/dicom", content) for content in objects)),
        study=study,
        headers=headers,
    )


def post_metadata(
    client: Client, datasets: Sequence[dict[str, Any]], *bulk: tuple[str, bytes, str]
) -> HttpResponse:
    """Send DICOM JSON and its bulk data: (Content-Type, bytes, Content-Location)."""
    metadata = ("application/dicom+json", json.dumps(list(datasets)).encode())
    return send(client, body(metadata, *bulk), kind=content_type("application/dicom+json"))


def send(
    client: Client,
    content: bytes,
    *,
    kind: str = "",
    study: str = "",
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    """Post these bytes."""
    response = client.post(
        f"{ROOT}/studies" + (f"/{study}" if study else ""),
        data=content,
        content_type=kind or content_type(),
        headers=headers,
    )
    assert isinstance(response, HttpResponse)
    return response


def told(response: HttpResponse, tag: str) -> list[dict[str, Any]]:
    """Return the items of a sequence of the result document."""
    items: list[dict[str, Any]] = json.loads(response.content).get(tag, {}).get("Value", [])
    return items
