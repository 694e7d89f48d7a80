"""Find the scheduled steps a performed step speaks of; reads only."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import QuerySet

from worklist.mpps.models import PerformedProcedureStep, PerformedStatus
from worklist.mpps.rules import ScheduledStepRef, referenced_instances
from worklist.scheduling.models import ScheduledProcedureStep


def scheduled_steps(refs: Sequence[ScheduledStepRef]) -> list[ScheduledProcedureStep]:
    """Return the steps the references name: by study and step id, or the study's only step."""
    found: dict[int, ScheduledProcedureStep] = {}
    for ref in refs:
        rows = ScheduledProcedureStep.objects.select_related("requested_procedure").filter(
            requested_procedure__study_instance_uid=ref.study_instance_uid
        )
        if ref.scheduled_procedure_step_id:
            rows = rows.filter(scheduled_procedure_step_id=ref.scheduled_procedure_step_id)
        candidates = list(rows[:2])
        if len(candidates) == 1:
            found[candidates[0].pk] = candidates[0]
    return list(found.values())


def performed_for_study(study_instance_uid: str) -> QuerySet[PerformedProcedureStep]:
    """Return what modalities said they did for a study, in order."""
    return PerformedProcedureStep.objects.filter(study_instance_uid=study_instance_uid).order_by(
        "started_at"
    )


def images_announced(study_instance_uid: str) -> tuple[str, ...]:
    """Return the SOP Instance UIDs the completed steps of a study say they made.

    Empty while a step of the study is still running, or when none lists its images.
    """
    steps = list(performed_for_study(study_instance_uid))
    if any(step.status == PerformedStatus.IN_PROGRESS for step in steps):
        return ()
    return tuple(uid for step in steps for uid in referenced_instances(step.attributes))
