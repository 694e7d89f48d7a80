"""The pages: one line each."""

from __future__ import annotations

from django.urls import path

from pacs_hub.web import accounts, board, viewer

urlpatterns = [
    path("", board.board),
    path("login/", accounts.sign_in),
    path("logout/", accounts.sign_out),
    path("password/", accounts.choose_password),
    path("viewer/", viewer.viewer, {"path": ""}),
    path("viewer/<path:path>", viewer.viewer),
]
