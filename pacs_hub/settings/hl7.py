"""The HL7 v2 door."""

from pacs_hub.settings.env import env_port

HUB_MLLP_PORT = env_port("HUB_MLLP_PORT", 2575)
