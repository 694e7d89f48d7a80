"""Pages of messages and connections."""

from __future__ import annotations

from django.urls import path

from integrations.web import (
    editing_page,
    message_actions,
    message_page,
    origins_views,
    pages,
    pages_connections,
    replays_page,
)

urlpatterns = [
    path("messages/", pages.messages),
    path("messages/replays/", replays_page.choose),
    path("messages/replays/start/", replays_page.start),
    path("messages/replays/<int:replay_id>/", replays_page.progress),
    path("messages/replays/<int:replay_id>/stop/", replays_page.stop),
    path("messages/<str:direction>/<int:message_id>/", message_page.message),
    path("messages/in/<int:message_id>/replay/", message_actions.replay),
    path("messages/in/<int:message_id>/apply/", message_actions.apply),
    path("messages/in/<int:message_id>/dismiss/", message_actions.dismiss),
    path("messages/in/<int:message_id>/edit/", editing_page.edit),
    path("messages/out/<int:message_id>/resend/", message_actions.resend),
    path("messages/out/<int:message_id>/skip/", message_actions.skip),
    path("origins/exams/<int:exam_id>/", origins_views.exam_origins),
    path("connections/", pages_connections.connections),
    path("connections/refused/<int:refusal_id>/accept/", pages_connections.accept),
    path("connections/refused/<int:refusal_id>/dismiss/", pages_connections.dismiss),
    path("connections/given-up/<int:delivery_id>/retry/", pages_connections.retry),
]
