"""Documents go with their study where a rule of retention removes it."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from archive.documents.models import Document, DocumentState

logger = logging.getLogger(__name__)


def forget(*, study_instance_uid: str, before: datetime) -> list[tuple[str, int]]:
    """Say of the documents attached before then that they went with their study.

    Returns keys and sizes of the files that nobody needs any more; the caller has them removed
    after the transaction, and not before.
    """
    with transaction.atomic():
        rows = list(
            Document.objects.select_for_update()
            .filter(study_instance_uid=study_instance_uid, attached_at__lte=before)
            .exclude(state=DocumentState.REMOVED)
        )
        files = {row.storage_key: row.size for row in rows}
        Document.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=DocumentState.REMOVED, storage_key="", claimed_until=None
        )
        shared = Document.objects.filter(storage_key__in=files)
        for key in shared.values_list("storage_key", flat=True):
            files.pop(key, None)
    if rows:
        logger.info("archive.document.removed", extra={"documents": [row.pk for row in rows]})
    return list(files.items())
