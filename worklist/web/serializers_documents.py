"""How documents of exams look over REST."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from archive.documents.models import DocumentState
from archive.documents.rules import MEDIA_TYPES
from archive.models import Document
from pacs_hub.access.drf import LARGEST_ID
from worklist.models import ExamDocument


class DocumentIn(serializers.Serializer[Any]):
    """A file and the exam it belongs to; what it is is decided by its content."""

    exam = serializers.IntegerField(max_value=LARGEST_ID)
    file = serializers.FileField(max_length=1000, allow_empty_file=True)
    title = serializers.CharField(required=False, default="", allow_blank=True, max_length=64)
    code = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=16, help_text="such as 18748-4"
    )
    scheme = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=16, help_text="such as LN"
    )
    meaning = serializers.CharField(required=False, default="", allow_blank=True, max_length=64)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A code means nothing without its scheme."""
        if attrs["code"] and not attrs["scheme"]:
            raise serializers.ValidationError({"scheme": "a code needs its scheme, such as LN"})
        return attrs


class DocumentTypeOut(serializers.Serializer[Document]):
    """What kind of document it is; empty where nobody said so."""

    code = serializers.CharField()
    scheme = serializers.CharField()
    meaning = serializers.CharField()


class DocumentOut(serializers.Serializer[ExamDocument]):
    """A document of an exam, and how far its DICOM object is."""

    id = serializers.CharField(source="document_id")
    exam = serializers.CharField(source="exam_id")
    title = serializers.CharField(source="document.title")
    type = DocumentTypeOut(source="document")
    media_type = serializers.SerializerMethodField()
    file_name = serializers.CharField(source="document.file_name")
    size = serializers.IntegerField(source="document.size")
    sha256 = serializers.CharField(source="document.sha256")
    state = serializers.ChoiceField(DocumentState.choices, source="document.state")
    error = serializers.CharField(source="document.error_text")
    study_instance_uid = serializers.CharField(source="document.study_instance_uid")
    sop_class_uid = serializers.CharField(source="document.sop_class_uid")
    sop_instance_uid = serializers.CharField(source="document.sop_instance_uid")
    attached_at = serializers.DateTimeField(source="document.attached_at")
    attached_by = serializers.CharField(source="document.actor")
    door = serializers.CharField(source="document.door")
    content_url = serializers.SerializerMethodField()

    def get_media_type(self, row: ExamDocument) -> str:
        """Return the type of the file as it was sent."""
        return MEDIA_TYPES[row.document.kind]

    def get_content_url(self, row: ExamDocument) -> str:
        """Return where the file can be had as it was sent."""
        return f"{settings.HUB_PUBLIC_URL}/api/documents/{row.document_id}/content/"
