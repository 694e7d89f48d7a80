"""The HL7 v2 door."""

from typing import Final

from pacs_hub.settings.env import env_port

HUB_MLLP_PORT = env_port("HUB_MLLP_PORT", 2575)
HUB_HL7_ROUTES: Final = "pacs_hub.wiring.mllp.ROUTES"
