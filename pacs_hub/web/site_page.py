"""The settings page: which hospital this is, who may sign in, and the site files so far."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pacs_hub.access import queries as access
from pacs_hub.access.doors import requires
from pacs_hub.site import queries as site_files

AT_MOST: Final = 50


@require_safe
@requires("settings")
def settings_page(request: HttpRequest) -> HttpResponse:
    """Show the settings; they are changed with the site file and the commands named there."""
    context = {
        "versions": site_files.history()[:AT_MOST],
        "people": access.users()[:200],
        "facts": {
            "AE title": settings.HUB_AE_TITLE,
            "DICOM port": settings.HUB_DICOM_PORT or "closed",
            "MLLP port": settings.HUB_MLLP_PORT or "closed",
            "Address": settings.HUB_PUBLIC_URL,
            "Objects": settings.HUB_STORAGE_URL,
            "A study settles after": f"{settings.HUB_STUDY_QUIET_SECONDS:g} s without new images",
        },
    }
    return render(request, "web/settings.html", context)
