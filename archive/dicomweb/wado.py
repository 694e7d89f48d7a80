"""WADO-RS: whole objects (PS3.18 10.4.1.1.1)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import suppress

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from archive.corrections.queries import overlay_stamp
from archive.dicomweb import multipart
from archive.dicomweb.answers import base_url, entity_tag, not_modified, note, ranges_of
from archive.dicomweb.departure import check, leaving
from archive.dicomweb.multipart import Part
from archive.dicomweb.negotiation import ANY_SYNTAX, DICOM, ZIP, Choice, instance_choice
from archive.dicomweb.outcome import told
from archive.retrieve import plan
from archive.retrieve.leaving import Leaving
from archive.retrieve.plan import Target
from archive.retrieve.streaming import fewer, want_soon
from archive.retrieve.zipping import zipped
from archive.storage.current import area
from archive.store.models import Instance
from pacs_hub.access.doors import principal_of, requires
from pacs_hub.kernel.errors import HubError

Departure = tuple[Instance, Leaving]


@requires("images")
@require_safe
@told
def retrieve(
    request: HttpRequest, *, study: str, series: str = "", instance: str = ""
) -> HttpResponseBase:
    """Answer whole objects, streamed from disk one after the other."""
    target = Target(study=study, series=series, instance=instance)
    rows = plan.instances(target, principal=principal_of(request))
    choice = instance_choice(ranges_of(request), alone=bool(instance))
    check(rows, choice.syntaxes)
    tag = _tag_of(rows, choice)
    if unchanged := not_modified(request, tag):
        return unchanged
    note(request, "export", study=rows[0].study)
    departures = _departures(rows, choice.syntaxes)
    first = next(departures)  # what fails with the first object is still an answer of its own
    response = _answer(choice, itertools.chain([first], departures), base_url(request))
    response["ETag"] = tag
    response["Vary"] = "Accept"
    if choice.type == ZIP:
        response["Content-Disposition"] = (
            f'attachment; filename="{instance or series or study}.zip"'
        )
    return response


def _answer(choice: Choice, departures: Iterator[Departure], base: str) -> StreamingHttpResponse:
    if choice.type == ZIP:
        return StreamingHttpResponse(fewer(zipped(map(_entry, departures))), content_type=ZIP)
    parts = (_part(row, going, base) for row, going in departures)
    if not choice.multipart:
        row, going = next(departures)
        part = _part(row, going, base)
        response = StreamingHttpResponse(part.chunks, content_type=part.content_type)
        response["Content-Location"] = part.location
        if going.length is not None:
            response["Content-Length"] = str(going.length)
        return response
    boundary = multipart.new_boundary()
    return StreamingHttpResponse(
        fewer(multipart.body(parts, boundary)),
        content_type=multipart.content_type(DICOM, boundary),
    )


def _departures(rows: Sequence[Instance], syntaxes: Sequence[str]) -> Iterator[Departure]:
    """Yield the objects on their way out, the next one wanted from the disk meanwhile."""
    wanted = syntaxes
    for here, after in itertools.zip_longest(rows, rows[1:]):
        going = leaving(here, wanted)
        if after is not None:
            with suppress(HubError), area().open(after.storage_key) as file:
                want_soon(file)
        yield here, going
        # Once the body has begun, an object as it is stored is better than a body that breaks off.
        wanted = (*syntaxes, ANY_SYNTAX) if syntaxes else ()


def _part(row: Instance, going: Leaving, base: str) -> Part:
    location = (
        f"{base}/studies/{row.study.study_instance_uid}"
        f"/series/{row.series.series_instance_uid}/instances/{row.sop_instance_uid}"
    )
    content_type = f"{DICOM}; transfer-syntax={going.transfer_syntax_uid}"
    return Part(content_type=content_type, chunks=going.part10(), location=location)


def _entry(departure: Departure) -> tuple[str, Iterator[bytes]]:
    row, going = departure
    name = f"{row.series.series_instance_uid}/{row.sop_instance_uid}.dcm"
    return name, going.part10()


def _tag_of(rows: Sequence[Instance], choice: Choice) -> str:
    """Return the entity tag of these objects; what is in the study's corrections counts."""
    asked = (choice.type, choice.multipart, choice.syntaxes)
    return entity_tag(
        "objects",
        overlay_stamp(rows[0].study),
        rows[0].study.revised_at,
        asked,
        *(row.sha256 for row in rows),
    )
