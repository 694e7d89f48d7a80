"""What became of objects that were uploaded from a page and could not be filed."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from archive.store.queries import kept_aside
from pacs_hub.access.doors import principal_of, requires
from pacs_hub.kernel import clock

JUST_NOW: Final = timedelta(minutes=10)
MOST: Final = 100
LONGEST_ID: Final = 18


@require_safe
@requires("images", "write")
def aside(request: HttpRequest) -> JsonResponse:
    """Say why objects of these SOP Instance UIDs, which the caller just sent, are kept aside.

    `last` is the number to ask for news `after` next time.
    """
    uids = [uid[:64] for uid in request.GET.getlist("uid")[:MOST]]
    after = request.GET.get("after", "")
    last = kept_aside().order_by("-pk").values_list("pk", flat=True).first() or 0
    rows = kept_aside().filter(
        pk__gt=int(after) if after.isdecimal() and len(after) < LONGEST_ID else 0,
        at__gte=clock.now() - JUST_NOW,
        sop_instance_uid__in=uids,
        calling_ae=principal_of(request).name[:150],
    )
    told = {row.sop_instance_uid: row.text[:1].upper() + row.text[1:] for row in rows}
    return JsonResponse({"aside": told, "last": last}, headers={"Cache-Control": "no-store"})
