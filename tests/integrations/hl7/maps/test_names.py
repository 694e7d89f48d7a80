"""XPN and XCN become DICOM person names; no part of a name is lost or swapped."""

from __future__ import annotations

import pytest

from integrations.hl7.maps import names
from integrations.hl7.message import Message


def pn(sent: str) -> str:
    segment = Message(f"MSH|^~\\&|A\rPID|||||{sent}\r").all("PID")[0]
    return names.patient_name(
        [segment.components(5, n + 1) for n in range(len(segment.repetitions(5)))]
    )


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("DOE^JANE", "DOE^JANE"),
        ("DOE^JANE^M^JR^DR^MD", "DOE^JANE^M^DR^JR MD"),
        ("BEETHOVEN&VAN^LUDWIG", "VAN BEETHOVEN^LUDWIG"),
        ("VAN BEETHOVEN&VAN&BEETHOVEN^LUDWIG", "VAN BEETHOVEN^LUDWIG"),
        ("SMITH^ANN^^^^^M~DOE^ANN^^^^^L", "DOE^ANN"),
        (
            "YAMADA^TARO^^^^^L^A~山田^太郎^^^^^L^I~ヤマダ^タロウ^^^^^L^P",
            "YAMADA^TARO=山田^太郎=ヤマダ^タロウ",
        ),
        ("山田^太郎", "=山田^太郎"),
        ("김^철수", "=김^철수"),
        ("O\\S\\NEIL^A\\E\\B", "O NEIL^A B"),
        ("  DOE  ^ JANE  ", "DOE^JANE"),
        ('""', ""),
        ("", ""),
        ("UNKNOWN", "UNKNOWN"),
    ],
)
def test_patient_names(sent: str, read: str) -> None:
    assert pn(sent) == read


def test_a_long_name_loses_least_important_parts_first() -> None:
    name = pn(f"{'F' * 40}^{'G' * 30}^MIDDLE^SUFFIX^PREFIX^DEGREE")
    assert len(name) <= 64
    assert name.startswith("F" * 40 + "^GG")


def test_providers_are_an_identifier_and_a_name() -> None:
    parts = [["D7"], ["WELBY"], ["MARCUS"], ["A"], ["JR"], ["DR"]]
    assert names.provider_id(parts) == "D7"
    assert names.provider_name(parts) == "WELBY^MARCUS^A^DR^JR"


def test_an_interpreter_is_a_cnn_or_an_xcn() -> None:
    assert names.interpreter_name([["R9", "CURIE", "MARIE"], ["20261124"]]) == "CURIE^MARIE"
    assert names.interpreter_name([["R9"], ["CURIE"], ["MARIE"]]) == "CURIE^MARIE"
    assert names.interpreter_name([["R9"], ["20261124"]]) == ""


def test_a_name_written_is_read_back() -> None:
    assert pn("^".join(names.xpn("DOE^JANE^M^DR^JR"))) == "DOE^JANE^M^DR^JR"
