"""What became of each object of a STOW-RS request, and how it is told (PS3.18 10.5.3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from archive.dicom.json_model import Json, text_value
from archive.dicom.status_codes import Status
from pacs_hub.kernel.errors import Conflict, HubError, Malformed, Unavailable, Unknown, family_of

REASON: Final[dict[type[HubError], Status]] = {
    Malformed: Status.CANNOT_UNDERSTAND,
    Unknown: Status.CANNOT_UNDERSTAND,
    Conflict: Status.SUCCESS,  # kept aside for a person, as over C-STORE
    Unavailable: Status.OUT_OF_RESOURCES,
}
# Named cases that PS3.18 table I.2.2-2 gives a reason of their own.
REASON_BY_CODE: Final[dict[str, Status]] = {
    "class-mismatch": Status.DOES_NOT_MATCH_SOP_CLASS,
    "missing-identity": Status.DOES_NOT_MATCH_SOP_CLASS,
    "missing-bulk-data": Status.DOES_NOT_MATCH_SOP_CLASS,
    "other-study": Status.DOES_NOT_MATCH_SOP_CLASS,
    "bad-uid": Status.INVALID_SOP_INSTANCE,
    "missing-patient-id": Status.DOES_NOT_MATCH_SOP_CLASS,
    "unknown-sop-class": Status.SOP_CLASS_NOT_SUPPORTED,
    "refused-by-policy": Status.REFUSED_BY_POLICY,
}
_IDENTITY: Final = ("00080016", "00080018", "0020000D", "0020000E")
UNREADABLE_BODY: Final = frozenset({"bad-multipart", "too-many-parts", "truncated", "empty-part"})
UNKNOWN_TYPE: Final = "unsupported-media-type"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One object: which it is, as far as it says, and the error that it met."""

    study_instance_uid: str = ""
    series_instance_uid: str = ""
    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    error: HubError | None = None

    @property
    def reason(self) -> int:
        """Failure Reason (0008,1197); 0 where the object is stored."""
        return 0 if self.error is None else int(reason_of(self.error))

    @property
    def is_named(self) -> bool:
        """Whether it can be told by its UIDs."""
        return bool(self.sop_class_uid and self.sop_instance_uid)


def refused(item: Json, error: HubError) -> Outcome:
    """Return the outcome of an object that could not be put together from its metadata."""

    def uid(tag: str) -> str:
        attribute = item.get(tag)
        values = attribute.get("Value") if isinstance(attribute, dict) else None
        return str(values[0])[:64] if isinstance(values, list) and values else ""

    sop_class, instance, study, series = (uid(tag) for tag in _IDENTITY)
    return Outcome(
        sop_class_uid=sop_class,
        sop_instance_uid=instance,
        study_instance_uid=study,
        series_instance_uid=series,
        error=error,
    )


def reason_of(error: HubError) -> Status:
    """Return the failure reason of an error, by its code, else its family."""
    family = family_of(error)
    default = REASON[family] if family else Status.CANNOT_UNDERSTAND
    return REASON_BY_CODE.get(error.error_code, default)


def status_of(outcomes: Sequence[Outcome]) -> int:
    """Return the HTTP status (PS3.18 table 10.5.3-1)."""
    failed = [outcome.error for outcome in outcomes if outcome.reason and outcome.error]
    if not failed:
        return 200 if outcomes else 400
    if len(failed) < len(outcomes):
        return 202
    codes = {error.error_code for error in failed}
    if all(isinstance(error, Unavailable) for error in failed):
        return 503
    if codes == {"too-many-parts"}:
        return 413
    if codes == {UNKNOWN_TYPE}:
        return 415
    return 400 if codes <= UNREADABLE_BODY else 409


def result_document(outcomes: Sequence[Outcome], *, base_url: str) -> Json:
    """Return the Store Instances Response Module as DICOM JSON (PS3.18 table I.2-1)."""
    stored = [outcome for outcome in outcomes if not outcome.reason and outcome.is_named]
    failed = [outcome for outcome in outcomes if outcome.reason]
    document: Json = {}
    studies = {outcome.study_instance_uid for outcome in stored}
    if len(studies) == 1:
        document["00081190"] = text_value("UR", [f"{base_url}/studies/{studies.pop()}"])
    named = [{**_reference(outcome), **_reason(outcome)} for outcome in failed if outcome.is_named]
    if named:
        document["00081198"] = {"vr": "SQ", "Value": named}
    if stored:
        told = [{**_reference(outcome), **_place(outcome, base_url)} for outcome in stored]
        document["00081199"] = {"vr": "SQ", "Value": told}
    others = [_reason(outcome) for outcome in failed if not outcome.is_named]
    if others:
        document["0008119A"] = {"vr": "SQ", "Value": others}
    return document


def warnings_of(outcomes: Iterable[Outcome]) -> list[str]:
    """Return in plain words why objects were not stored, each reason once."""
    texts = (outcome.error.text for outcome in outcomes if outcome.reason and outcome.error)
    return list(dict.fromkeys(texts))[:5]


def _reference(outcome: Outcome) -> Json:
    return {
        "00081150": text_value("UI", [outcome.sop_class_uid]),
        "00081155": text_value("UI", [outcome.sop_instance_uid]),
    }


def _reason(outcome: Outcome) -> Json:
    return {"00081197": {"vr": "US", "Value": [outcome.reason]}}


def _place(outcome: Outcome, base_url: str) -> Json:
    place = (
        f"{base_url}/studies/{outcome.study_instance_uid}"
        f"/series/{outcome.series_instance_uid}/instances/{outcome.sop_instance_uid}"
    )
    return {"00081190": text_value("UR", [place])}
