"""Paths of the integrations below /api/."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from integrations.web.api import ChargeViews, MessageViews

router = SimpleRouter()
router.register("messages", MessageViews, basename="api-message")
router.register("charges", ChargeViews, basename="api-charge")

urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
