"""Every HTTP path of the hub."""

from django.urls import URLPattern, URLResolver, include, path

from pacs_hub.processes import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    path("api/", include("pacs_hub.web.api_urls")),
]
