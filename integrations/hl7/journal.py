"""What is said of messages whichever way they went."""

from __future__ import annotations

from pacs_hub.kernel.errors import Unknown


class NoSuchMessage(Unknown):
    """There is no such message."""

    code = "no-such-message"
