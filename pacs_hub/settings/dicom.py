"""The DICOM door."""

from pacs_hub.settings.env import cores, env_ae_title, env_float, env_int, env_port

HUB_AE_TITLE = env_ae_title("HUB_AE_TITLE", "PACSHUB")
HUB_DICOM_PORT = env_port("HUB_DICOM_PORT", 11112)
HUB_DICOM_PROCESSES = env_int("HUB_DICOM_PROCESSES", cores(), minimum=1, maximum=64)
HUB_DOCUMENT_MIB = env_int("HUB_DOCUMENT_MIB", 1024, minimum=1, maximum=4000)
HUB_VIDEO_SECONDS = env_float("HUB_VIDEO_SECONDS", 900, minimum=1, maximum=86_400)
HUB_MPPS_QUIET_MINUTES = env_int("HUB_MPPS_QUIET_MINUTES", 60, minimum=1, maximum=10_080)
