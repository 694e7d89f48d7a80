"""Where the images of an exam open."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.conf import settings


def viewer_path(study_instance_uids: Sequence[str]) -> str | None:
    """Return the viewer's path for these studies; None where there are none."""
    if not study_instance_uids:
        return None
    return "/viewer/viewer?" + urlencode({"StudyInstanceUIDs": ",".join(study_instance_uids)})


def viewer_url(study_instance_uids: Sequence[str]) -> str | None:
    """Return the whole address, for those who are not in the hub."""
    path = viewer_path(study_instance_uids)
    return None if path is None else f"{settings.HUB_PUBLIC_URL}{path}"
