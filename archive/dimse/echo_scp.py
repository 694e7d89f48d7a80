"""C-ECHO: are you there? (PS3.4 Annex A, PS3.7 9.1.5)"""

from __future__ import annotations

from collections.abc import Iterator

from archive.dicom.status_codes import Status
from archive.dimse.statuses import store_failure
from archive.upper_layer.messages import Operation, Request, Response


def on_c_echo(request: Request) -> Iterator[Response]:
    """Answer yes."""
    del request
    yield Response(status=Status.SUCCESS)


C_ECHO = Operation(perform=on_c_echo, failure=store_failure)
