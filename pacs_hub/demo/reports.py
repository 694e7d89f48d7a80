"""What the reading room writes: findings and impression per procedure, and what stands out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

FINDINGS: Final = ("18782-3", "Findings")
IMPRESSION: Final = ("19005-8", "Impression")


@dataclass(frozen=True)
class Wording:
    """Texts of one procedure: the usual answer, and the answer where something was found."""

    findings: str
    impression: str
    abnormal_findings: str = ""
    abnormal_impression: str = ""


WORDINGS: Final = {
    "CTHEAD": Wording(
        "No haemorrhage, no mass. Grey and white matter are well told apart. Ventricles and sulci "
        "fit the age. Paranasal sinuses and mastoid cells are clear.",
        "No acute finding.",
        "Hyperdense haemorrhage of 3 cm in the left basal ganglia with a rim of oedema. The "
        "midline is not shifted.",
        "Acute intracerebral haemorrhage on the left. Told to the ward by telephone.",
    ),
    "CTABDPELC": Wording(
        "Liver, spleen, pancreas and kidneys enhance evenly. No free fluid, no free air. Bowel is "
        "not dilated. Aorta is not widened.",
        "No cause of the complaints found.",
        "Well defined hypodense lesion of 3.5 cm in the right lobe of the liver without "
        "enhancement. Otherwise no finding.",
        "Simple cyst of the liver. No follow-up needed.",
    ),
    "MRBRAIN": Wording(
        "No lesion of the white matter, no restricted signal. Midline structures are regular.",
        "Normal MR of the brain.",
        "Three bright periventricular lesions of the white matter on FLAIR and T2, dark on T1.",
        "Periventricular lesions; inflammatory disease is to be considered.",
    ),
    "MRKNEE": Wording(
        "Menisci and cruciate ligaments are intact. Cartilage of normal thickness. Little effusion "
        "behind the quadriceps tendon.",
        "No tear of meniscus or ligament.",
    ),
    "XRCHEST": Wording(
        "Heart of normal size. No infiltrate, no effusion, no congestion. Bones without finding.",
        "Normal chest.",
        "Round opacity of 2 cm in the right middle field. No effusion. Heart of normal size.",
        "Pulmonary nodule on the right; CT of the chest is advised.",
    ),
    "XRHAND": Wording(
        "No fracture line. Joint spaces are preserved. Carpal bones are aligned.", "No fracture."
    ),
    "USABD": Wording(
        "Liver of even texture. One stone in the gallbladder with acoustic shadow, wall not "
        "thickened. Bile ducts are not wide. Right kidney without obstruction.",
        "Gallstone without signs of cholecystitis.",
    ),
    "MGSCREEN": Wording(
        "Scattered dense tissue. Few scattered round calcifications on both sides. No mass, no "
        "distortion.",
        "BI-RADS 2 on both sides. Next screening in two years.",
    ),
}
GENERAL: Final = Wording("Images as requested.", "No finding.")


def sections(procedure_code: str, *, abnormal: bool) -> list[tuple[str, str, str]]:
    """Return the report as (LOINC, heading, text)."""
    wording = WORDINGS.get(procedure_code, GENERAL)
    if abnormal and wording.abnormal_findings:
        findings, impression = wording.abnormal_findings, wording.abnormal_impression
    else:
        findings, impression = wording.findings, wording.impression
    return [(*FINDINGS, findings), (*IMPRESSION, impression)]
