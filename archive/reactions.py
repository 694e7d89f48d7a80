"""What the archive does when it hears of something of its own, after the fact."""

from __future__ import annotations

from archive.availability import services as availability
from archive.documents import services as documents
from archive.forwarding import services as forwarding
from archive.keeping.events import StudyRemoved
from archive.keeping.services import discard
from archive.rejection import services as rejection
from archive.storage.current import area
from archive.store.events import KeyObjectStored, StudyEvent, StudyReceived
from pacs_hub.kernel.events import Event
from pacs_hub.kernel.origin import Origin


def _origin(event: Event, reaction: str) -> Origin:
    return Origin.from_event(reaction=reaction, correlation_id=event.correlation_id)


def take_rejection_note(event: KeyObjectStored) -> None:
    """Take what a rejection note names out of use."""
    rejection.take_note(
        sop_instance_uid=event.sop_instance_uid, area=area(), origin=_origin(event, "rejection")
    )


def reject_late_arrivals(event: StudyEvent) -> None:
    """Objects came into a study: perhaps some of them were rejected before they were here."""
    rejection.reject_late_arrivals(
        study_instance_uid=event.study_instance_uid, origin=_origin(event, "rejection")
    )


def remove_documents(event: StudyRemoved) -> None:
    """The documents of a study go where a rule removed it; their files follow its objects."""
    discard(documents.forget(study_instance_uid=event.study_instance_uid, before=event.occurred_at))


def announce_availability(event: StudyReceived) -> None:
    """Tell the peers that want to know that the objects of a study are here."""
    availability.queue_notices(
        study_id=event.study_id,
        settled_at=event.occurred_at,
        origin=_origin(event, "availability"),
    )


def send_on(event: StudyEvent) -> None:
    """Queue what the rules send of a study: as it grows, when it has settled, when it changed."""
    forwarding.queue_by_rules(study_id=event.study_id, origin=_origin(event, "forwarding"))
