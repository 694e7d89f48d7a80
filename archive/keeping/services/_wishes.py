"""Moves that a person asked for: a row each, so that no page waits and a crash forgets none."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from archive.keeping.models import WishedMove
from archive.keeping.services._moving import Moved, StudyReceives, move_to_cold, recall
from archive.storage.area import StorageArea
from archive.store.models import Study, StudyState, Tier
from archive.store.queries import NoSuchStudy
from archive.store.services import audit_change
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Unavailable
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox.publish import nudge_after_commit

MOVE_TASK: Final = "archive.move_studies"
AGAIN_AFTER: Final = timedelta(minutes=1)
ASKED: Final = {Tier.COLD: "asked to move it to the cold area", Tier.MAIN: "asked to call it back"}


def wish_move(*, study_id: int, tier: str, origin: Origin) -> None:
    """Have a study moved to the area `tier` soon; a later wish takes the place of an earlier one.

    Raises:
        NoSuchStudy: there is none.
        StudyReceives: objects of it are still coming in.
    """
    with transaction.atomic():
        study = Study.objects.select_for_update().filter(pk=study_id).first()
        if study is None:
            raise NoSuchStudy("no such study")
        if study.state != StudyState.RECEIVED:
            raise StudyReceives("objects of the study are still coming in")
        WishedMove.objects.update_or_create(
            study=study,
            defaults={
                "tier": tier,
                "actor": origin.actor[:150],
                "address": origin.address[:64],
                "door": origin.door,
                "correlation_id": origin.correlation_id,
                "wished_at": clock.now(),
                "tried_at": None,
                "failed_at": None,
                "text": "",
            },
        )
        audit_change(study, detail=ASKED[Tier(tier)], origin=origin)
        nudge_after_commit(MOVE_TASK)


def do_wished_moves(*, area: StorageArea, limit: int) -> int:
    """Do the moves that are due, longest waiting first; returns how many were done.

    One that could not be done now, or whose worker died, is tried again a minute later.
    """
    done = 0
    for _ in range(limit):
        before = clock.now() - AGAIN_AFTER
        due = WishedMove.objects.filter(Q(tried_at=None) | Q(tried_at__lt=before), failed_at=None)
        wish = due.select_related("study").order_by("wished_at").first()
        if wish is None:
            break
        wish.tried_at = clock.now()
        wish.save(update_fields=["tried_at"])
        done += _do(wish, area)
    return done


def _do(wish: WishedMove, area: StorageArea) -> bool:
    same = WishedMove.objects.filter(pk=wish.pk, wished_at=wish.wished_at)
    origin = Origin(
        door=wish.door,
        actor=wish.actor,
        address=wish.address,
        correlation_id=wish.correlation_id,
    )
    change = move_to_cold if wish.tier == Tier.COLD else recall
    try:
        moved: Moved = change(study_id=wish.study_id, area=area, origin=origin)
    except (Unavailable, StudyReceives) as error:
        same.update(text=f"{error.text}; it is tried again"[:200])
        return False
    except NoSuchStudy:  # a rule removed it meanwhile, and this row with it
        return False
    if moved.left:
        text = f"{moved.left} of its objects stayed, as their bytes are not right"
        same.update(failed_at=clock.now(), text=text)
        return False
    same.delete()
    return True
