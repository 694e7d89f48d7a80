"""The paths of /fhir/ (R4 3.1.0.1.4)."""

from __future__ import annotations

from django.urls import path

from integrations.fhir.web import views

urlpatterns = [
    path("metadata", views.metadata),
    path("<str:name>", views.type_level),
    path("<str:name>/_search", views.post_search),
    path("<str:name>/<str:key>", views.instance_level),
    path("", views.anything_else, {"rest": ""}),
    path("<path:rest>", views.anything_else),
]
