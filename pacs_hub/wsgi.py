"""What the HTTP server runs; each of its worker processes loads this once."""

from __future__ import annotations

import os
from typing import Final

from django.core.wsgi import get_wsgi_application
from django.http import FileResponse

from pacs_hub.processes.parent import die_with_parent

FILE_BLOCK_BYTES: Final = 256 * 1024
"""Django's 4 KiB costs a factor of three on 512 KiB frames (measured with granian)."""

die_with_parent()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pacs_hub.settings")
FileResponse.block_size = FILE_BLOCK_BYTES
_django = get_wsgi_application()

from archive.dicomweb.express import in_front_of  # noqa: E402 - Django has to be set up

application = in_front_of(_django)
