"""The HL7 v2 door."""

from typing import Final

from pacs_hub.settings.env import env_int, env_keys, env_port

HUB_MLLP_PORT = env_port("HUB_MLLP_PORT", 2575)
HUB_MESSAGE_KEYS: Final = env_keys("HUB_MESSAGE_KEY")
HUB_MESSAGE_DAYS = env_int("HUB_MESSAGE_DAYS", 400, minimum=0, maximum=36500)
HUB_MESSAGE_BODY_DAYS = env_int("HUB_MESSAGE_BODY_DAYS", 90, minimum=0, maximum=36500)
HUB_HL7_ROUTES: Final = "pacs_hub.wiring.mllp.ROUTES"
