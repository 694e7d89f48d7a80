"""The four families of error that every door translates into its own protocol."""

from __future__ import annotations

from typing import ClassVar


class HubError(Exception):
    """An anticipated failure, told in words a person at the other end can act on.

    `text` never holds a patient's name, birth date or a raw message. `code` is a stable
    kebab-case name for programs, `field` the place in the sender's own terms ("PID-3").
    """

    code: ClassVar[str] = "error"

    def __init__(self, text: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.error_code = code or self.code
        self.field = field


class Malformed(HubError):
    """What was sent cannot be understood; sending it again will not help."""

    code = "malformed"


class Unknown(HubError):
    """The thing that was named does not exist here."""

    code = "unknown"


class Conflict(HubError):
    """It exists already, or the state it is in forbids the request."""

    code = "conflict"


class Unavailable(HubError):
    """We, or the peer, cannot now; trying again later may help."""

    code = "unavailable"


FAMILIES: tuple[type[HubError], ...] = (Malformed, Unknown, Conflict, Unavailable)


def family_of(error: BaseException) -> type[HubError] | None:
    """Return the family `error` belongs to, or None for what nobody anticipated."""
    return next((family for family in FAMILIES if isinstance(error, family)), None)
