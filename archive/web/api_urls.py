"""Paths of the archive below /api/."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from archive.web.api_prefetches import PrefetchViews
from archive.web.api_sendings import SendingViews

router = SimpleRouter()
router.register("sendings", SendingViews, basename="api-sending")
router.register("prefetches", PrefetchViews, basename="api-prefetch")

urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
