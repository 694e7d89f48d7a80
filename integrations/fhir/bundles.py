"""A search made and answered: rows, page, includes, as a searchset Bundle (R4 3.1.1.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from integrations.fhir.kinds import Included, Kind
from integrations.fhir.outcome import issue, outcome
from integrations.fhir.resources.terms import Context, Resource
from integrations.fhir.search import Asked, BadSearch, asked
from pacs_hub.access.permissions import Principal
from pacs_hub.kernel.errors import Unknown


class NoSuchResource(Unknown):
    """No resource of that type and id here, or none this caller may see."""

    code = "no-such-resource"


@dataclass(frozen=True, kw_only=True)
class Found:
    """The Bundle, and how many resources were selected by it."""

    bundle: Resource
    matches: int


def one(kind: Kind, key: str, *, principal: Principal) -> Any:
    """Return the row of one resource.

    Raises:
        NoSuchResource: there is none that this caller may see.
    """
    row = None
    if key.isdecimal() and len(key) < 18:
        row = kind.rows(principal).filter(**{kind.key: int(key)}).first()
    if row is None:
        raise NoSuchResource(f"no such {kind.name}")
    return row


def search(
    kind: Kind,
    query: Mapping[str, list[str]],
    *,
    principal: Principal,
    context: Context,
    strict: bool = False,
) -> Found:
    """Return the page of the search, newest rows first; `strict` refuses what we do not know.

    Raises:
        BadSearch: a parameter makes no sense, or is unknown and the caller wants to be told so.
    """
    wanted = asked(query, known=kind.parameters, includes=kind.includes)
    if strict and wanted.ignored:
        raise BadSearch(f"unknown parameters: {', '.join(wanted.ignored)}"[:300])
    rows = kind.rows(principal).order_by("-pk")
    for criterion in wanted.criteria:
        _, condition = kind.parameters[criterion.key]
        rows = rows.filter(condition(criterion, context.zone))
    bundle: Resource = {"resourceType": "Bundle", "type": "searchset"}
    if wanted.total or wanted.only_count:
        bundle["total"] = rows.count()
    page: list[Any] = []
    more = False
    if not wanted.only_count:
        if wanted.cursor is not None:
            rows = rows.filter(pk__lt=wanted.cursor)
        page = list(rows[: wanted.count + 1])
        more = len(page) > wanted.count
        page = page[: wanted.count]
    bundle["link"] = _links(kind, query, context, page[-1].pk if more else None)
    entries = [_entry(kind.to_fhir(row, context), "match", context) for row in page]
    entries += _included(kind, page, wanted, principal, context)
    if wanted.ignored:
        entries.append(_told(wanted))
    if entries:
        bundle["entry"] = entries
    return Found(bundle=bundle, matches=len(page))


def _included(
    kind: Kind, page: list[Any], wanted: Asked, principal: Principal, context: Context
) -> list[Resource]:
    """Return each included resource once, those whose type the caller may read."""
    made: dict[str, Resource] = {}
    for name in wanted.includes:
        included: Included = kind.includes[name]
        if not principal.may("read", included.resource):
            continue
        for row in page:
            resource = included.make(row, context)
            made.setdefault(f"{resource['resourceType']}/{resource['id']}", resource)
    return [_entry(resource, "include", context) for resource in made.values()]


def _entry(resource: Resource, mode: str, context: Context) -> Resource:
    url = f"{context.base}/{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": url, "resource": resource, "search": {"mode": mode}}


def _told(wanted: Asked) -> Resource:
    """Return the entry that says what was passed over (R4 3.1.1.5)."""
    issues = [
        issue("warning", "not-supported", f"the parameter {name[:100]} is unknown and was ignored")
        for name in wanted.ignored
    ]
    return {"resource": outcome(issues), "search": {"mode": "outcome"}}


def _links(
    kind: Kind, query: Mapping[str, list[str]], context: Context, last: int | None
) -> list[Resource]:
    def url(**more: str) -> str:
        pairs = [(name, text) for name, texts in query.items() for text in texts]
        kept = [pair for pair in pairs if pair[0] not in more]
        text = urlencode([*kept, *more.items()])
        return f"{context.base}/{kind.name}" + (f"?{text}" if text else "")

    links = [{"relation": "self", "url": url()}]
    if last is not None:
        links.append({"relation": "next", "url": url(_cursor=str(last))})
    return links
