"""Names of what a message is about: to wait for it, and to take turns with it; pure.

A key is a text such as "order:filler:NS:F1", "accession:GH:A1" or "patient:GH:P1". Two messages
that name one key in common are about the same thing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

LONGEST: Final = 250
LONGEST_NAMESPACE: Final = 120  # the number after it is always there


def filler(number: str, namespace: str = "") -> tuple[str, ...]:
    """Return the key of a filler order number (ORC-3, OBR-3); none where there is no number."""
    return _key("order:filler", namespace, number)


def placer(number: str, namespace: str = "") -> tuple[str, ...]:
    """Return the key of a placer order number (ORC-2, OBR-2)."""
    return _key("order:placer", namespace, number)


def accession(number: str, issuer: str = "") -> tuple[str, ...]:
    """Return the key of an accession number (OBR-18, IPC-1)."""
    return _key("accession", issuer, number)


def patient(identifier: str, issuer: str = "") -> tuple[str, ...]:
    """Return the key of a patient identifier (PID-3, MRG-1)."""
    return _key("patient", issuer, identifier)


def order(
    *,
    filler_number: str = "",
    filler_namespace: str = "",
    placer_number: str = "",
    placer_namespace: str = "",
    accession_number: str = "",
    issuer: str = "",
) -> tuple[str, ...]:
    """Return every key an order is known by."""
    return (
        *filler(filler_number, filler_namespace),
        *placer(placer_number, placer_namespace),
        *accession(accession_number, issuer),
    )


def with_loose(keys: Iterable[str]) -> frozenset[str]:
    """Return the keys and, of each, the form without a namespace.

    Many senders leave the namespace out in one message and give it in the next: who waits, or
    takes turns, goes by the number alone as well. To be woken in vain harms nobody.
    """
    given = tuple(keys)
    return frozenset((*given, *(_loose(key) for key in given)))


def _loose(key: str) -> str:
    kind, _, rest = key.partition(":")
    if kind == "order":
        side, _, rest = rest.partition(":")
        kind = f"{kind}:{side}"
    return f"{kind}::{rest.partition(':')[2]}"


def _key(kind: str, namespace: str, value: str) -> tuple[str, ...]:
    clean = namespace.replace(":", ".")[:LONGEST_NAMESPACE]
    return (f"{kind}:{clean}:{value}"[:LONGEST],) if value else ()
