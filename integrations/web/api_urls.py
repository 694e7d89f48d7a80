"""Paths of the integrations below /api/."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from integrations.web.api import MessageViews
from integrations.web.api_charges import ChargeViews
from integrations.web.api_decisions import MessageDecisions
from integrations.web.api_lookup import LookupViews
from integrations.web.api_merges import MergeViews, PatientMergeViews
from integrations.web.origins_views import ExamOrigins, PatientOrigins

router = SimpleRouter()
router.register("patients/lookup", LookupViews, basename="api-patient-lookup")
router.register("patients", PatientMergeViews, basename="api-patient-merge")
router.register("merges", MergeViews, basename="api-merge")
router.register("messages", MessageViews, basename="api-message")
router.register("messages", MessageDecisions, basename="api-message-decision")
router.register("charges", ChargeViews, basename="api-charge")

urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    path("exams/<int:pk>/origins/", ExamOrigins.as_view()),
    path("patients/<int:pk>/origins/", PatientOrigins.as_view()),
]
