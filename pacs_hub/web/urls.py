"""The pages: one line each, or one for each app's."""

from __future__ import annotations

from django.urls import include, path

from pacs_hub.web import accounts, board, exam, peer_test, site_page, viewer

urlpatterns = [
    path("", board.board),
    path("exams/<int:exam_id>/", exam.exam_page),
    path("", include("worklist.web.page_urls")),
    path("", include("integrations.web.page_urls")),
    path("connections/<str:protocol>-<int:number>/test/", peer_test.test),
    path("settings/", site_page.settings_page),
    path("login/", accounts.sign_in),
    path("logout/", accounts.sign_out),
    path("password/", accounts.choose_password),
    path("viewer/", viewer.viewer, {"path": ""}),
    path("viewer/<path:path>", viewer.viewer),
]
