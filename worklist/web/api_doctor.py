"""/api/doctor/worklist/: why is it not on my scanner?"""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from pacs_hub.access.drf import asked_for, audit_view
from pacs_hub.access.queries import site
from pacs_hub.kernel import clock
from worklist.mwl.doctor import diagnose, patients_of
from worklist.web.filters import read
from worklist.web.serializers_doctor import DiagnosisOut, DoctorQuery


class WorklistDoctor(APIView):
    """The worklist doctor."""

    resource = "schedule"

    @extend_schema(parameters=[DoctorQuery], responses=DiagnosisOut)
    def get(self, request: Request) -> Response:
        """Say for each step of an exam what every filter of a station's worklist makes of it."""
        asked = read(DoctorQuery, asked_for(request))
        found = diagnose(**asked, site=site(), now=clock.now())
        for patient in patients_of(found):
            audit_view(
                request,
                object_type="worklist",
                object_id=asked["ae_title"],
                patient_id=patient,
            )
        return Response(DiagnosisOut(found).data)
