"""The certificate this hub shows, and whose certificates it believes (TLS 1.2 and later)."""

from pacs_hub.settings.env import SettingError, env_file, env_port

HUB_TLS_CERT = env_file("HUB_TLS_CERT")
HUB_TLS_KEY = env_file("HUB_TLS_KEY")
HUB_TLS_CA = env_file("HUB_TLS_CA")
HUB_MLLP_TLS_PORT = env_port("HUB_MLLP_TLS_PORT", 0)
HUB_DICOM_TLS_PORT = env_port("HUB_DICOM_TLS_PORT", 0)

for _name, _port in (
    ("HUB_MLLP_TLS_PORT", HUB_MLLP_TLS_PORT),
    ("HUB_DICOM_TLS_PORT", HUB_DICOM_TLS_PORT),
):
    if _port and not (HUB_TLS_CERT and HUB_TLS_KEY):
        raise SettingError(_name, str(_port), "needs HUB_TLS_CERT and HUB_TLS_KEY")
