"""Invented people: their family names are words for "example" and "trial" in many languages."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Name:
    """A name as (family, given): in its letters, and in ideographs and sounds where it has them."""

    alphabetic: tuple[str, str]
    ideographic: tuple[str, str] | None = None
    phonetic: tuple[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Person:
    """One patient of the simulated hospital."""

    patient_id: str
    name: Name
    birth_date: date
    sex: str
    account_number: str


def _plain(family: str, given: str) -> Name:
    return Name(alphabetic=(family, given))


WOMEN: Final = (
    _plain("Exemplaire", "Élodie"), _plain("Mustermann", "Käthe"), _plain("Przykładowska", "Zofia"),
    _plain("Ukázková", "Žofie"), _plain("Örnek", "Gülşen"), _plain("Prøvesen", "Åse"),
    _plain("Ejemplar", "Begoña"), _plain("Amostra", "Conceição"), _plain("Példányi", "Ágnes"),
    _plain("Exempelsson", "Maj-Britt"), _plain("Sampleton", "Prudence"), _plain("Esempio", "Anna"),
    _plain("Παραδείγματος", "Ελένη"), _plain("Δοκιμάκη", "Αθηνά"), _plain("Примерова", "Ольга"),
    _plain("Зразкова", "Їванна"), _plain("المثال", "ليلى"), _plain("تجريبي", "نور"),
    Name(alphabetic=("Mihon", "Hana"), ideographic=("見本", "花"), phonetic=("みほん", "はな")),
    Name(alphabetic=("Rei", "Sakura"), ideographic=("例", "桜"), phonetic=("れい", "さくら")),
    Name(alphabetic=("Gyeonbon", "Jiwoo"), ideographic=("見本", "智友"), phonetic=("견본", "지우")),
    _plain("Mfano", "Neema"), _plain("Udaharan", "Meera"), _plain("Ví Dụ", "Thảo"),
)  # fmt: skip
MEN: Final = (
    _plain("Exemple", "François"), _plain("Probst-Beispiel", "Jörg"), _plain("Wzorcowy", "Łukasz"),
    _plain("Vzorný", "Jiří"), _plain("Deneme", "İsmail"), _plain("Prøve", "Søren"),
    _plain("Muestra", "Íñigo"), _plain("Exemplar", "João"), _plain("Mintás", "Győző"),
    _plain("Esimerkki", "Väinö"), _plain("Trialfield", "Barnaby"), _plain("Campione", "Niccolò"),
    _plain("Παραδειγματίδης", "Νίκος"), _plain("Δοκιμίδης", "Άρης"), _plain("Образцов", "Фёдор"),
    _plain("Примеров", "Юрий"), _plain("نموذج", "سامي"), _plain("عينة", "كريم"),
    Name(alphabetic=("Mihon", "Tarō"), ideographic=("見本", "太郎"), phonetic=("みほん", "たろう")),
    Name(alphabetic=("Tameshi", "Ken"), ideographic=("試", "健"), phonetic=("ためし", "けん")),
    Name(alphabetic=("Yangben", "Ming"), ideographic=("样本", "明")),
    _plain("Sampuli", "Baraka"), _plain("Namoona", "Arjun"), _plain("Thí Nghiệm", "Đức"),
)  # fmt: skip
DOCTORS: Final = (
    ("D1001", "Referente", "Giulia"), ("D1002", "Überweiser", "Heiko"),
    ("D1003", "Adresseur", "Noëlle"), ("D1004", "Henviser", "Bjørn"),
)  # fmt: skip
READERS: Final = (("R2001", "Lesegut", "Ingrid"), ("R2002", "Befundová", "Jana"))


def invent(*, number: str, today: date, rng: random.Random, women_only: bool = False) -> Person:
    """Return a new person whose identifiers carry `number`."""
    sex = "F" if women_only or rng.random() < 0.5 else "M"
    youngest = 40 if women_only else 18
    age = timedelta(days=rng.randint(youngest * 365, 88 * 365))
    return Person(
        patient_id=f"M{number}",
        name=rng.choice(WOMEN if sex == "F" else MEN),
        birth_date=today - age,
        sex=sex,
        account_number=f"V{number}",
    )
