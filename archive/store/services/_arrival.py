"""An object on its way in, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from archive.storage.area import Spool
from archive.store.policy import Policies
from archive.store.rules import InstanceFacts
from pacs_hub.kernel.origin import Origin


@dataclass(frozen=True, kw_only=True)
class ReceivedObject:
    """A complete Part 10 file in a spool. The UIDs are those of the command, None over HTTP.

    `sha256` is that of the whole file, `size` its length and `head` its first bytes, where the
    door knows them because it wrote them. What lay in the area before its row was lost says when
    it came, and is not announced as if it were news.
    """

    spool: Spool
    transfer_syntax_uid: str
    sop_class_uid: str | None = None
    sop_instance_uid: str | None = None
    sha256: str = ""
    size: int = 0
    head: bytes | bytearray = b""
    received_at: datetime | None = None
    is_news: bool = True


@dataclass(frozen=True, kw_only=True)
class StoredInstance:
    """What became of it; "duplicate" means the very same bytes were stored before."""

    outcome: Literal["stored", "duplicate"]
    study_instance_uid: str
    series_instance_uid: str
    sop_class_uid: str
    sop_instance_uid: str


@dataclass(slots=True, kw_only=True)
class Arrival:
    """What is known of an object while it is filed; `key` is where it lies already, if it does."""

    received: ReceivedObject
    origin: Origin
    default_issuer: str
    policies: Policies
    facts: InstanceFacts | None = None
    key: str = ""
