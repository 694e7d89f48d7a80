"""The pages: one line each, or one for each app's."""

from __future__ import annotations

from django.urls import include, path

from pacs_hub.web import (
    accounts,
    board,
    exam,
    maps_page,
    maps_samples,
    peer_test,
    site_page,
    viewer,
)

urlpatterns = [
    path("", board.board),
    path("exams/<int:exam_id>/", exam.exam_page),
    path("", include("worklist.web.page_urls")),
    path("messages/maps/", maps_page.maps),
    path("messages/maps/save/", maps_page.save),
    path("messages/maps/remove/", maps_page.remove),
    path("messages/maps/discard/", maps_page.discard),
    path("messages/maps/promote/", maps_page.promote),
    path("messages/maps/<int:number>/rollback/", maps_page.roll_back),
    path("messages/maps/samples/keep/", maps_samples.keep),
    path("messages/maps/samples/<int:sample_id>/drop/", maps_samples.drop),
    path("", include("integrations.web.page_urls")),
    path("connections/<str:protocol>-<int:number>/test/", peer_test.test),
    path("settings/", site_page.settings_page),
    path("login/", accounts.sign_in),
    path("logout/", accounts.sign_out),
    path("password/", accounts.choose_password),
    path("viewer/", viewer.viewer, {"path": ""}),
    path("viewer/<path:path>", viewer.viewer),
]
