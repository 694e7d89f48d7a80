"""The viewer is served to those who may see images, and to nobody else."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from tests.support.browsing import browser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def viewer_files(tmp_path: Path, settings: Any) -> Path:
    """Put a small viewer in place."""
    settings.HUB_VIEWER_ROOT = tmp_path / "viewer"
    settings.HUB_VIEWER_ROOT.mkdir()
    (settings.HUB_VIEWER_ROOT / "index.html").write_text("<title>viewer</title>")
    script = settings.HUB_VIEWER_ROOT / "app.bundle.0123456789abcdef.js"
    script.write_text("let x")
    script.with_name(script.name + ".gz").write_bytes(gzip.compress(b"let x"))
    (settings.HUB_VIEWER_ROOT / "0123456789abcdef.wasm").write_bytes(b"\0asm")
    (tmp_path / "secret.txt").write_text("secret")
    return Path(settings.HUB_VIEWER_ROOT)


def test_a_stranger_is_sent_to_sign_in() -> None:
    answer = browser().get("/viewer/viewer?StudyInstanceUIDs=1.2")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/?next=/viewer/viewer%3FStudyInstanceUIDs")


def test_a_role_without_images_is_refused() -> None:
    assert browser("billing").get("/viewer/").status_code == 403


def test_any_address_of_the_viewer_is_its_page_under_a_strict_policy() -> None:
    answer = browser("radiologist").get("/viewer/viewer?StudyInstanceUIDs=1.2")
    assert answer.status_code == 200
    assert b"<title>viewer" in b"".join(answer)
    assert "object-src 'self' blob:;" in answer["Content-Security-Policy"]
    assert "unsafe-eval'" not in answer["Content-Security-Policy"].replace("wasm-unsafe-eval'", "")


def test_scripts_let_the_decoders_of_workers_make_functions() -> None:
    answer = browser("radiologist").get("/viewer/app.bundle.0123456789abcdef.js")
    assert "'unsafe-eval'" in answer["Content-Security-Policy"]


def test_hashed_files_may_be_kept_for_ever_and_come_compressed() -> None:
    client = browser("radiologist")
    answer = client.get(
        "/viewer/app.bundle.0123456789abcdef.js", headers={"Accept-Encoding": "gzip"}
    )
    assert "immutable" in answer["Cache-Control"]
    assert answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(b"".join(answer)) == b"let x"
    plain = client.get("/viewer/app.bundle.0123456789abcdef.js")
    assert "Content-Encoding" not in plain
    assert b"".join(plain) == b"let x"


def test_webassembly_has_its_type() -> None:
    answer = browser("radiologist").get("/viewer/0123456789abcdef.wasm")
    assert answer["Content-Type"] == "application/wasm"


@pytest.mark.parametrize("path", ["../secret.txt", "%2e%2e/secret.txt", "missing.js"])
def test_nothing_outside_the_viewer_is_served(path: str) -> None:
    answer = browser("radiologist").get(f"/viewer/{path}")
    assert answer.status_code == 404


def test_an_unchanged_file_is_not_sent_again() -> None:
    client = browser("radiologist")
    first = client.get("/viewer/")
    again = client.get("/viewer/", headers={"If-Modified-Since": first["Last-Modified"]})
    assert again.status_code == 304


def test_the_configuration_names_our_doors_and_no_study_list() -> None:
    text = browser("radiologist").get("/viewer/app-config.js").content.decode()
    assert '"qidoRoot": "/dicom-web"' in text
    assert '"routerBasename": "/viewer"' in text
    assert '"showStudyList": false' in text
