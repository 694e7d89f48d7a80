"""The keys of [[forward]]; pure."""

from __future__ import annotations

from collections.abc import Iterable

from archive.forwarding.rules import BASIC, NIGHT, RETAIN, SETTLED, SYNTAXES, WHEN, is_window
from pacs_hub.site.policies import is_uid
from pacs_hub.site.reader import TableReader, is_ae_title
from pacs_hub.site.tables import DicomPeerRow, ForwardRow


def forward_row(table: TableReader) -> ForwardRow:
    """Read one rule; a rule for the night says when that is, and only such a rule."""
    when = table.text("when", longest=8, default=SETTLED, choices=WHEN) or SETTLED
    window = table.text("window", longest=11, default="", rule=_is_window)
    if (when == NIGHT) != bool(window):
        table.complain("window", f'goes with when = "{NIGHT}", such as "20:00-06:00"')
    anonymise = table.text("anonymise", longest=10, default="", choices=("", BASIC))
    retain = table.texts("retain", longest=30, default=(), choices=RETAIN)
    burned_in = table.flag("burned_in")
    if (retain or burned_in) and not anonymise:
        table.complain("retain" if retain else "burned_in", 'goes with anonymise = "basic"')
    return ForwardRow(
        name=table.text("name", longest=80),
        to=table.text("to", longest=16, rule=is_ae_title),
        when=when,
        window=window,
        modality=table.texts("modality", longest=16, default=()),
        station=table.texts("station", longest=16, default=()),
        calling_ae=table.texts("calling_ae", longest=16, default=(), rule=is_ae_title),
        body_part=table.text("body_part", longest=16, default=""),
        description=table.text("description", longest=64, default=""),
        sop_classes=table.texts("sop_classes", longest=64, default=(), rule=is_uid),
        linked=table.flag("linked"),
        transfer_syntax=table.text(
            "transfer_syntax", longest=20, default="", choices=("", *SYNTAXES)
        ),
        anonymise=anonymise,
        retain=retain,
        burned_in=burned_in,
    )


def unreachable(rows: Iterable[ForwardRow], peers: Iterable[DicomPeerRow]) -> Iterable[str]:
    """Yield a line for each rule whose destination nobody could send to."""
    reachable = {peer.ae_title for peer in peers if peer.host and peer.port}
    for row in rows:
        if row.to not in reachable:
            yield (
                f"[[forward]] {row.name} to: {row.to!r} is not a [[dicom_peer]] with host and port"
            )


def _is_window(value: str) -> str:
    return "" if is_window(value) else 'is not written as "20:00-06:00"'
