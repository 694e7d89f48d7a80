"""Paths of the archive below /api/."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from archive.web.api_sendings import SendingViews

router = SimpleRouter()
router.register("sendings", SendingViews, basename="api-sending")

urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
