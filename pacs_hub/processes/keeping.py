"""The sweeps that keep the archive, handed what only the roof knows: who still uses a study."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from celery import shared_task
from django.conf import settings
from django.core.cache import cache

from archive.keeping import services
from archive.storage.current import area, has_cold_area
from pacs_hub.access.queries import site
from pacs_hub.kernel.errors import Unavailable
from pacs_hub.kernel.origin import Origin
from worklist.reconcile.queries import studies_in_use

logger = logging.getLogger(__name__)

STUDIES_A_TICK: Final = 10
PAGES_A_TICK: Final = 20
RECALLS_A_TICK: Final = 2
WHERE: Final = "keeping.retention.after"
"""Where the last run stopped; a cache that forgets it costs a look from the first study on."""
COUNT_AGAIN: Final = "keeping.count.again"
"""Not before this is gone; a hub that starts anew, or a cache that forgets it, counts at once."""
PAUSE_SECONDS: Final = (15, 3600)  # at least and at most between two counts
COUNTING_SHARE: Final = 100  # of the time, one part in so many goes into counting
LOCK_SECONDS: Final = 600  # who was killed holds it so long; two at once would do no harm
ORIGIN: Final = "retention"


@contextmanager
def _alone(name: str) -> Iterator[bool]:
    """Say whether nobody else does this now; a store that is away is tried at the next tick."""
    if not cache.add(f"keeping.{name}", 1, LOCK_SECONDS):
        yield False
        return
    try:
        yield True
    except Unavailable as error:
        logger.warning("archive.keeping.away", extra={"work": name, "code": error.error_code})
    finally:
        cache.delete(f"keeping.{name}")


@shared_task(name="pacs_hub.verify_archive")
def verify_archive() -> None:
    """Read a little more of the archive back."""
    with _alone("verify") as alone:
        if alone:
            services.verify_some(
                area=area(),
                bytes_per_second=settings.HUB_VERIFY_BYTES_PER_SECOND,
                default_issuer=site().default_issuer,
            )


@shared_task(name="pacs_hub.tend_archive")
def tend_archive() -> None:
    """Call back cold studies that were opened; remove what was discarded."""
    with _alone("move") as alone:
        if alone:
            services.tend(area=area(), recall_limit=RECALLS_A_TICK if has_cold_area() else 0)


@shared_task(name="archive.move_studies")
def move_studies() -> None:
    """Move the studies that people asked to have in the other area."""
    with _alone("move") as alone:
        if alone:
            services.do_wished_moves(area=area(), limit=STUDIES_A_TICK)


@shared_task(name="pacs_hub.apply_retention")
def apply_retention() -> None:
    """Let the rules of retention act on a few studies."""
    with _alone("move") as alone:
        if alone:
            done = services.apply_rules(
                area=area(),
                veto=studies_in_use,
                has_cold_area=has_cold_area(),
                limit=STUDIES_A_TICK,
                pages=PAGES_A_TICK,
                after=cache.get(WHERE, {}),
                origin=Origin(door="hub", actor=ORIGIN),
            )
            cache.set(WHERE, done.after, None)


@shared_task(name="pacs_hub.count_volume")
def count_volume() -> None:
    """Write down what the areas hold: at once, then as often as it is cheap, at least hourly."""
    with _alone("count") as alone:
        if alone and not cache.get(COUNT_AGAIN):
            began = time.monotonic()
            services.count_volume()
            least, most = PAUSE_SECONDS
            pause = (time.monotonic() - began) * COUNTING_SHARE
            cache.set(COUNT_AGAIN, 1, min(most, max(least, pause)))
