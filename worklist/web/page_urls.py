"""Pages of studies, and what people do to exams."""

from __future__ import annotations

from django.urls import path

from worklist.web import pages, studies_page

urlpatterns = [
    path("exams/<int:exam_id>/<slug:action>/", pages.act),
    path("studies/", studies_page.studies),
    path("studies/<int:study_id>/link/", pages.link),
    path("studies/<int:study_id>/unlink/", pages.unlink),
]
