"""A DICOMweb client that reads answers byte for byte."""

from __future__ import annotations

import io
from email.parser import BytesParser
from typing import Any

import pydicom
import requests

from tests.support import stow
from tests.support.makers import Made

PART10 = 'multipart/related; type="application/dicom"; transfer-syntax=*'


class WebClient:
    """Asks with a bearer token, on a new connection each time.

    Django's test server needs 40 ms more for each answer on a connection that is kept.
    """

    def __init__(self, base: str, token: str) -> None:
        self._root = f"{base}/dicom-web"
        self._headers = {"Authorization": f"Bearer {token}"}

    def stow(self, sent: list[Made]) -> dict[str, int]:
        """Store them in one request; returns name → Failure Reason (0008,1197), 0 when stored."""
        answer = requests.post(
            f"{self._root}/studies",
            data=stow.body(*(("application/dicom", one.whole) for one in sent)),
            headers=self._headers | {"Content-Type": stow.content_type()},
            timeout=60,
        )
        told = answer.json()

        def items(tag: str) -> list[dict[str, Any]]:
            return list(told.get(tag, {}).get("Value", []))

        stored = {item["00081155"]["Value"][0]: 0 for item in items("00081199")}
        failed = {item["00081155"]["Value"][0]: _reason(item) for item in items("00081198")}
        nameless = iter(items("0008119A"))  # in the order of the parts
        named = stored | failed
        return {
            one.name: named[one.sop_instance_uid]
            if one.sop_instance_uid in named
            else _reason(next(nameless))
            for one in sent
        }

    def search(self, path: str, **keys: str) -> list[dict[str, Any]]:
        """Ask QIDO-RS."""
        answer = requests.get(
            self._root + path,
            params=keys,
            headers=self._headers | {"Accept": "application/dicom+json"},
            timeout=60,
        )
        answer.raise_for_status()
        return list(answer.json()) if answer.content else []

    def part10s(self, path: str) -> dict[str, bytes]:
        """Retrieve by WADO-RS as stored; returns SOP Instance UID → Part 10 file."""
        answer = requests.get(
            self._root + path, headers=self._headers | {"Accept": PART10}, timeout=60
        )
        answer.raise_for_status()
        head = f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode()
        _, *parts = BytesParser().parsebytes(head + answer.content).walk()
        found = {}
        for part in parts:
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            read = pydicom.dcmread(io.BytesIO(content), specific_tags=["SOPInstanceUID"])
            found[str(read.SOPInstanceUID)] = content
        return found


def _reason(item: dict[str, Any]) -> int:
    return int(item["00081197"]["Value"][0])
