"""The files of the pages: their types, their tags and their compressed forms."""

import gzip
from pathlib import Path

import pytest

from server.api.pages.assets import WEB, Asset, Assets


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in (
        ("index.html", "<p>page</p>" * 50),
        ("chat/main.js", "let a;\n" * 50),
        ("vendor/marked/marked.js", "a"),
        ("vendor/other/other.js", "a"),
        ("notes.txt", "not for all"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_only_files_of_pages_are_found(root: Path) -> None:
    assets = Assets.load(root)
    assert assets.find("index.html") is not None
    assert assets.find("/chat/main.js") is assets.find("chat/main.js") is not None
    assert assets.find("vendor/marked/marked.js") is not None
    for path in ("notes.txt", "vendor/other/other.js", "chat", "", "../index.html", "chat/../index.html"):
        assert assets.find(path) is None, path


def test_a_file_is_sent_as_it_was_at_the_start(root: Path) -> None:
    assets = Assets.load(root)
    (root / "index.html").write_text("changed")
    found = assets.find("index.html")
    assert found is not None
    assert found.body == b"<p>page</p>" * 50


def test_a_file_is_compressed_if_that_makes_it_smaller(tmp_path: Path) -> None:
    text, noise = tmp_path / "a.css", tmp_path / "a.webp"
    text.write_text("p { color: red }\n" * 100)
    noise.write_bytes(gzip.compress(bytes(range(256))))
    packed = Asset.read(text).packed
    assert packed is not None
    assert gzip.decompress(packed) == text.read_bytes()
    assert Asset.read(noise).packed is None


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.js", "text/javascript"),
        ("a.mjs", "text/javascript"),
        ("a.css", "text/css"),
        ("a.html", "text/html"),
        ("a.svg", "image/svg+xml"),
        ("a.webp", "image/webp"),
        ("LICENSE", "text/plain"),
    ],
)
def test_a_file_has_a_type_by_its_name(tmp_path: Path, name: str, media_type: str) -> None:
    (tmp_path / name).write_text("x")
    assert Asset.read(tmp_path / name).media_type == media_type


def test_an_etag_depends_on_the_content(tmp_path: Path) -> None:
    file = tmp_path / "a.js"
    file.write_text("one")
    first = Asset.read(file)
    assert first.etag == Asset.read(file).etag
    file.write_text("two")
    assert first.etag != Asset.read(file).etag
    for known in (first.etag, f'"x", W/{first.etag}', "*"):
        assert first.is_among(known)
    for other in ("", '"x"', first.etag.strip('"')):
        assert not first.is_among(other)


def test_vendored_files_state_their_version_and_licence() -> None:
    versions = (WEB / "vendor" / "VERSIONS").read_text()
    scripts = {"marked": "marked.esm.js", "dompurify": "purify.es.mjs", "cytoscape": "cytoscape.esm.min.mjs"}
    for name, script in scripts.items():
        (line,) = (line for line in versions.splitlines() if line.startswith(f"{name} "))
        version = line.split()[1]
        assert version in (WEB / "vendor" / name / script).read_text(encoding="utf-8")
        assert (WEB / "vendor" / name / "LICENSE").exists()
