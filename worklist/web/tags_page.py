"""All attributes of an object side by side: as they were received, and as they leave."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from archive.dicom.names import attribute_name
from archive.dicom.side_by_side import Line
from archive.rejection.queries import may_see_rejected
from archive.retrieve.attributes import Attributes, Why, attributes_of, is_bookkeeping
from archive.retrieve.strips import instance_shown
from archive.storage.current import area
from pacs_hub.access.doors import principal_of, requires
from pacs_hub.kernel.errors import HubError
from worklist.web.seen import note_view, seen, who

REASONS: Final[dict[str, str]] = {
    "COERCE": "made to agree with the hospital's records",
    "CORRECT": "corrected, as it was entered wrong",
}
SOURCES: Final[dict[str, str]] = {"patient master": "the patient's record"}


@require_safe
@requires("images")
def tags(request: HttpRequest, study: str, instance: str) -> HttpResponse:
    """Show every attribute on both sides, what differs, and why."""
    principal = principal_of(request)
    row = seen(principal, study)
    found = instance_shown(row, instance, with_rejected=may_see_rejected(principal))
    both: Attributes | None = None
    problem = ""
    try:
        both = attributes_of(found, area=area())
    except HubError as error:
        problem = error.text
    note_view(request, row)
    context: dict[str, Any] = {
        "study": row,
        "series": found.series,
        "instance": found,
        "who": who(row),
        "both": both,
        "problem": problem,
    }
    if both is not None:
        marks = _marks(both.reasons)
        context["changes"] = [_change(number, why) for number, why in enumerate(both.reasons, 1)]
        context["parts"] = (
            ("File Meta Information", [_row(line, {}) for line in both.meta]),
            ("Data set", [_row(line, marks) for line in both.lines]),
        )
    return render(request, "worklist/tags.html", context)


def _marks(reasons: list[Why]) -> dict[str, str]:
    """Return the number of the change behind each attribute."""
    return {tag: str(number) for number, why in enumerate(reasons, 1) for tag in why.tags}


def _change(number: int, why: Why) -> dict[str, Any]:
    return {
        "number": number,
        "names": [attribute_name(int(tag, 16)) for tag in why.tags],
        "reason": REASONS.get(why.reason, why.reason.lower()),
        "source": SOURCES.get(why.source, why.source),
        "actor": why.actor,
        "at": why.at,
    }


def _row(line: Line, marks: dict[str, str]) -> dict[str, Any]:
    top = line.path.partition(".")[0]
    return {
        "line": line,
        "mark": marks.get(line.path, "") if line.depth == 0 else "",
        "indent": min(line.depth, 8),
        "kept": line.differs and is_bookkeeping(top),
    }
