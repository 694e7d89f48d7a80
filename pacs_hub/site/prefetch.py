"""The keys of [prefetch] and [[prefetch_from]]; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pacs_hub.site.reader import TableReader, is_ae_title
from pacs_hub.site.tables import DicomPeerRow, PrefetchFromRow, PrefetchRow

MOST_PRIORS, MOST_YEARS = 50, 100


def prefetch_row(raw: Mapping[str, Any], problems: list[str]) -> PrefetchRow:
    """Read the [prefetch] table; without it nothing is fetched."""
    if "prefetch" not in raw:
        return PrefetchRow()
    values = raw["prefetch"]
    if not isinstance(values, dict):
        problems.append("prefetch: is not a table; write [prefetch]")
        values = {}
    table = TableReader(table="[prefetch]", values=values, problems=problems)
    row = PrefetchRow(
        to=table.texts("to", longest=16, default=(), rule=is_ae_title),
        count=table.number("count", smallest=1, largest=MOST_PRIORS, default=3) or 3,
        years=table.number("years", smallest=1, largest=MOST_YEARS, default=10) or 10,
        modalities=_modalities(values, table, problems),
    )
    table.finish()
    return row


def prefetch_from_row(table: TableReader) -> PrefetchFromRow:
    """Read one source."""
    return PrefetchFromRow(ae_title=table.text("ae_title", longest=16, rule=is_ae_title))


def policy_of(row: PrefetchRow, sources: Iterable[PrefetchFromRow]) -> dict[str, Any] | None:
    """Return the columns of the policy; None where nothing is to be fetched."""
    if not row.count:
        return None
    pairs = (line.split(": ") for line in row.modalities)
    return {
        "to": list(row.to),
        "count": row.count,
        "years": row.years,
        "modalities": {modality: priors.split() for modality, priors in pairs},
        "sources": [source.ae_title for source in sources],
    }


def out_of_reach(
    row: PrefetchRow, sources: Iterable[PrefetchFromRow], peers: Iterable[DicomPeerRow]
) -> Iterable[str]:
    """Yield a line for each peer of prefetching whom nobody could call."""
    reachable = {peer.ae_title for peer in peers if peer.host and peer.port}
    told = "is not a [[dicom_peer]] with host and port"
    for title in row.to:
        if title not in reachable:
            yield f"[prefetch] to: {title!r} {told}"
    for source in sources:
        if source.ae_title not in reachable:
            yield f"[[prefetch_from]] {source.ae_title} ae_title: {told}"
        if not row.count:
            yield f"[[prefetch_from]] {source.ae_title}: goes with a table [prefetch]"


def _modalities(
    values: Mapping[str, Any], table: TableReader, problems: list[str]
) -> tuple[str, ...]:
    """Read the map as lines such as `CT: CT MR`."""
    given = values.get("modalities", {})
    table.known("modalities")
    if not isinstance(given, dict):
        table.complain("modalities", 'is not a table; write { CT = ["CT", "MR"] }')
        return ()
    inner = TableReader(table="[prefetch] modalities", values=given, problems=problems)
    return tuple(f"{key}: {' '.join(inner.texts(key, longest=16))}" for key in given)
