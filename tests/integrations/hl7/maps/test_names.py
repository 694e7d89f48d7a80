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
        ("IVANOV^IVAN^^^^^L~ИВАНОВ^ИВАН^^^^^A", "IVANOV^IVAN"),
        ("ИВАНОВ^ИВАН^ИВАНОВИЧ", "ИВАНОВ^ИВАН^ИВАНОВИЧ"),
        ("ΠΑΠΑΔΟΠΟΥΛΟΥ^ΜΑΡΙΑ", "ΠΑΠΑΔΟΠΟΥΛΟΥ^ΜΑΡΙΑ"),
        ("قباني^لنزار", "قباني^لنزار"),
        ("שרון^דבורה", "שרון^דבורה"),
        ("สมิธ^จอห์น", "สมิธ^จอห์น"),
        ("ZHANG^XIAODONG^^^^^L~张^小东^^^^^L", "ZHANG^XIAODONG=张^小东"),
        ("王^小东^^^^^L^I~WANG^XIAODONG^^^^^L^A", "WANG^XIAODONG=王^小东"),
        ("YAMADA^TARO~山田^太郎~やまだ^たろう", "YAMADA^TARO=山田^太郎=やまだ^たろう"),
        ("山田^太郎~やまだ^たろう", "=山田^太郎=やまだ^たろう"),
        ("佐々木^ー郎~ササキ^イチロー", "=佐々木^ー郎=ササキ^イチロー"),
        ("やまだ^たろう~山田^太郎~ﾔﾏﾀﾞ^ﾀﾛｳ", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"),
        ("山田^太郎~ﾔﾏﾀﾞ^ﾀﾛｳ", "=山田^太郎=ﾔﾏﾀﾞ^ﾀﾛｳ"),
        ("ヤマダ^タロウ^^^^^L^P", "==ヤマダ^タロウ"),
        ("HONG^GILDONG~洪^吉洞~홍^길동", "HONG^GILDONG=洪^吉洞"),
        ("Hong^Gildong^^^^^L^A~洪^吉洞^^^^^L^I~홍^길동^^^^^L^P", "Hong^Gildong=洪^吉洞=홍^길동"),
        ("Mu\u0308ller^Jo\u0308rg", "Müller^Jörg"),
        ("&VON&MEIER^ANNA", "VON MEIER^ANNA"),
        ("TEMP^X^^^^^N~DOE^ANN^^^^^D", "DOE^ANN"),
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


@pytest.mark.parametrize(
    ("sent", "shortened"),
    [
        (f"{'F' * 30}^{'G' * 20}^MIDDLE^^DR^MD PHD", f"{'F' * 30}^{'G' * 20}^MIDDLE^DR"),
        (f"{'F' * 30}^{'G' * 30}^MIDDLE", f"{'F' * 30}^{'G' * 30}^M"),
        (f"{'F' * 40}^{'G' * 40}", f"{'F' * 40}^{'G' * 23}"),
        (f"{'F' * 80}^{'G' * 40}", f"{'F' * 60}^GGG"),
        (f"{'F' * 80}", "F" * 64),
        (f"{'F' * 40}^{'G' * 22}จี้", f"{'F' * 40}^{'G' * 22}"),
    ],
)
def test_every_group_fits_into_64_characters_and_says_that_it_was_cut(
    sent: str, shortened: str
) -> None:
    segment = Message(f"MSH|^~\\&|A\rPID|||||{sent}\r").all("PID")[0]
    found = names.patient_names([segment.components(5)])
    assert (found.name, found.shortened) == (shortened, True)
    assert len(found.name) <= 64


def test_other_names_are_kept_with_their_type_each_in_its_scripts() -> None:
    text = "DOE^JANE^^^^^L~ROE^JANE^^^^^M~ロウ^ジェーン^^^^^M^P~DOE^JANIE^^^^^L"
    segment = Message(f"MSH|^~\\&|A\rPID|||||{text}||||JAY^^^^^^A\r").all("PID")[0]
    repetitions = [segment.components(5, n + 1) for n in range(4)]
    found = names.patient_names(repetitions, [segment.components(9)])
    assert found.name == "DOE^JANE"
    assert found.others == (("ROE^JANE==ロウ^ジェーン", "M"), ("DOE^JANIE", "L"), ("JAY", "A"))
    assert not found.shortened


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
