"""A media type and its parameters, as a Content-Type header tells them (RFC 9110 8.3.1); pure."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import Message


@dataclass(frozen=True)
class MediaType:
    """`name` is type/subtype in lower case, "" where none is told; so are parameter names."""

    name: str
    parameters: dict[str, str]


def media_type(text: str) -> MediaType:
    """Read `type/subtype; name=value; name="value"`."""
    message = Message()
    message["Content-Type"] = " ".join(text.split())
    pairs = message.get_params(failobj=[], unquote=True) or []
    name = pairs[0][0].strip().lower() if pairs else ""
    return MediaType(name, {key.lower(): str(value).strip() for key, value in pairs[1:]})
