"""Facts that other parts of the hub may react to."""

from __future__ import annotations

import dataclasses
import typing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened, in the past tense: ids, codes and times, never a person's name.

    Events of one `stream` (an exam, a patient, a study) are delivered to each subscriber in
    the order they were published; different streams go in parallel.
    """

    version: ClassVar[int] = 1

    occurred_at: datetime
    correlation_id: str

    @property
    def stream(self) -> str:
        """Name the thing whose events must stay in order, such as "exam:17"."""
        raise TypeError(f"{type(self).__name__} does not say which stream it belongs to")

    @classmethod
    def event_name(cls) -> str:
        """Return the name the event is stored under."""
        return cls.__name__

    def payload(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in values.items()}

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> Self:
        """Rebuild the event from `payload()`; fields a newer release added are ignored."""
        hints = typing.get_type_hints(cls)
        known = {f.name for f in dataclasses.fields(cls)}
        values: dict[str, Any] = {
            name: datetime.fromisoformat(value)
            if hints[name] is datetime and isinstance(value, str)
            else value
            for name, value in payload.items()
            if name in known
        }
        return cls(**values)
