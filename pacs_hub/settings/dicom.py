"""The DICOM door."""

from pacs_hub.settings.env import cores, env_ae_title, env_closed, env_int, env_port

HUB_AE_TITLE = env_ae_title("HUB_AE_TITLE", "PACSHUB")
HUB_DICOM_PORT = env_port("HUB_DICOM_PORT", 11112)
HUB_DICOM_PROCESSES = env_int("HUB_DICOM_PROCESSES", cores(), minimum=1, maximum=64)
env_closed("HUB_DICOM_TLS_PORT", instead="put a TLS proxy in front of HUB_DICOM_PORT")
