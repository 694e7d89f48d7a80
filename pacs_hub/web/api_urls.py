"""Everything below /api/."""

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.routers import SimpleRouter

from pacs_hub.web.api import AuditViews, PeerViews

router = SimpleRouter()
router.register("peers", PeerViews, basename="api-peer")
router.register("audit", AuditViews, basename="api-audit")


class Schema(SpectacularAPIView):
    """The OpenAPI 3 description; for anybody who may see exams."""

    resource = "exams"


class Docs(SpectacularSwaggerView):
    """The description as a page one can try."""

    resource = "exams"


urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("archive.web.api_urls")),
    path("", include("worklist.web.api_urls")),
    path("", include("integrations.web.api_urls")),
    *router.urls,
    path("schema/", Schema.as_view(), name="api-schema"),
    path("docs/", Docs.as_view(url_name="api-schema"), name="api-docs"),
]
