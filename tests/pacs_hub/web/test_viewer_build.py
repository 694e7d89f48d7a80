"""The viewer is moved to /viewer/ and loses what nobody can use."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from pacs_hub.web import assets, viewer_build


def a_package(folder: Path) -> Path:
    """Return a dist that names its public path as the real one does."""
    files = {
        "index.html": (
            '<script>window.PUBLIC_URL="/"</script><link rel="manifest" href="/manifest.json">'
            '<script src="/init-service-worker.js"></script>'
            '<script src="/app.bundle.js"></script><a href="//elsewhere.example/">x</a>'
        ),
        "app.bundle.js": '__webpack_require__.p = "/";' + "x" * 5000,
        "app.bundle.css": "a{background:url(/assets/a.png)} b{background:url('/b.png')}",
        "app.bundle.js.map": "{}",
        "sw.js": "",
        "manifest.json": "{}",
        "ort/model.wasm": "",
        "assets/a.png": "png",
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def test_every_address_moves_below_viewer(tmp_path: Path) -> None:
    viewer_build.build(source=a_package(tmp_path / "dist"), target=tmp_path / "out")
    page = (tmp_path / "out" / "index.html").read_text()
    assert 'window.PUBLIC_URL="/viewer/"' in page
    assert 'src="/viewer/app.bundle.js"' in page
    assert 'href="//elsewhere.example/"' in page
    script = (tmp_path / "out" / "app.bundle.js").read_text()
    assert script.startswith('__webpack_require__.p = "/viewer/"')
    style = (tmp_path / "out" / "app.bundle.css").read_text()
    assert "url(/viewer/assets/a.png)" in style
    assert "url('/viewer/b.png')" in style


def test_what_nobody_can_use_is_left_behind(tmp_path: Path) -> None:
    viewer_build.build(source=a_package(tmp_path / "dist"), target=tmp_path / "out")
    kept = {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.*")}
    assert kept == {
        "index.html",
        "app.bundle.js",
        "app.bundle.js.gz",
        "app.bundle.css",
        "assets/a.png",
    }
    page = (tmp_path / "out" / "index.html").read_text()
    assert "service-worker" not in page
    assert "manifest" not in page


def test_big_text_is_compressed_once(tmp_path: Path) -> None:
    viewer_build.build(source=a_package(tmp_path / "dist"), target=tmp_path / "out")
    packed = (tmp_path / "out" / "app.bundle.js.gz").read_bytes()
    assert gzip.decompress(packed) == (tmp_path / "out" / "app.bundle.js").read_bytes()


def test_a_release_that_names_its_path_elsewhere_is_refused(tmp_path: Path) -> None:
    source = a_package(tmp_path / "dist")
    (source / "app.bundle.js").write_text("nothing to see")
    with pytest.raises(viewer_build.ViewerHasChanged):
        viewer_build.build(source=source, target=tmp_path / "out")


def test_the_lock_names_hashes_and_no_address() -> None:
    lock = json.loads((assets.PROJECT / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    for entry in packages.values():
        assert entry["integrity"].startswith("sha512-")
        assert "resolved" not in entry
    wanted = json.loads((assets.PROJECT / "package.json").read_text())["dependencies"]
    locked = {n.removeprefix("node_modules/"): e["version"] for n, e in packages.items()}
    assert locked == wanted
