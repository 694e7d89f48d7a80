"""How the OpenAPI description speaks of our own sign-in."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema


class HubSchema(AutoSchema):
    """Every operation takes a bearer token, or the session of a signed-in person."""

    def get_auth(self) -> list[dict[str, Any]]:
        """Return both ways in."""
        return [{"bearer": []}, {"session": []}]
