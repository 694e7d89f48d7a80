"""The character set of an answer can always say the answer."""

from __future__ import annotations

import pytest

from archive.dicom.charset import choose


@pytest.mark.parametrize(
    ("texts", "preferred", "chosen"),
    [
        (["Doe^Jane"], "", ""),
        (["Müller"], "", "ISO_IR 100"),
        (["Müller", "山田"], "", "ISO_IR 192"),
        (["Doe^Jane"], "ISO_IR 144", "ISO_IR 144"),
        (["Иванов"], "ISO_IR 144", "ISO_IR 144"),
        (["Müller"], "ISO_IR 144", "ISO_IR 192"),
        (["Yamada^Taro=山田^太郎"], "\\ISO 2022 IR 87", "\\ISO 2022 IR 87"),
        (["Doe^Jane"], "no such set", "ISO_IR 192"),
        ([], "", ""),
    ],
)
def test_the_preferred_set_is_kept_where_it_can(
    texts: list[str], preferred: str, chosen: str
) -> None:
    assert choose(texts, preferred=preferred) == chosen
