"""What a caller accepts, best first (PS3.18 8.7.5, RFC 9110 12.5.1); pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

_RANGE: Final = re.compile(r'(?:[^,"]|"[^"]*")+')
_PARAMETER: Final = re.compile(r';\s*([\w-]+)\s*=\s*("[^"]*"|[^;]*)')


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """One media range: `type` is that of the parts where the body is to be multipart.

    `syntaxes` is empty where none was named.
    """

    type: str
    multipart: bool
    quality: float = 1.0
    syntaxes: tuple[str, ...] = field(default=())

    def covers(self, media_type: str) -> bool:
        """Say whether the range includes `media_type`."""
        if self.type in {"*/*", ""}:
            return True
        return self.type == media_type or (
            self.type.endswith("/*") and media_type.startswith(self.type[:-1])
        )


def accepted(header: str, parameter: Sequence[str] = ()) -> list[Accepted]:
    """Return what a request accepts, best first; `accept=` parameters go before the header.

    Ranges that cannot be read are passed over (PS3.18 8.7.5); no range at all means anything.
    """
    texts = [text for value in (*parameter, header) for text in _RANGE.findall(value or "")]
    ranges = [found for text in texts if (found := _range(text)) is not None and found.quality > 0]
    if not any(text.strip() for text in texts):
        return [Accepted(type="*/*", multipart=False)]
    first = {id(found) for found in ranges[: len(parameter)]}
    return sorted(ranges, key=lambda found: (id(found) not in first, -found.quality))


def _range(text: str) -> Accepted | None:
    media_type, _, _ = text.partition(";")
    parameters: dict[str, list[str]] = {}
    for name, value in _PARAMETER.findall(text):
        parameters.setdefault(name.lower(), []).append(value.strip().strip('"').strip())
    media_type = media_type.strip().lower()
    if "/" not in media_type:
        return None
    try:
        quality = float(parameters.get("q", ["1"])[0])
    except ValueError:
        return None
    syntaxes = tuple(parameters.get("transfer-syntax", ()))
    multipart = media_type == "multipart/related"
    inner = parameters.get("type", [""])[0].lower() if multipart else media_type
    return Accepted(type=inner, multipart=multipart, quality=quality, syntaxes=syntaxes)
