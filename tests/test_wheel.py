"""The wheel holds all that a server needs, and runs in an empty folder away from the checkout."""

import json
import shutil
import subprocess
import sys
import sysconfig
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.paths import ROOT
from tests.helpers.pictures import png_base64

NEEDED = ("server", "model", "locks", "pyproject.toml", "README.md", "LICENSE")


PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def python(wheel: Path) -> Path:
    """Install the wheel beside this environment's other packages."""
    environment = wheel.parent / "environment"
    run(sys.executable, "-m", "venv", "--without-pip", str(environment))
    python = environment / "bin" / "python"
    run(*PIP, "--python", str(python), "install", "--quiet", "--no-deps", "--no-index", str(wheel))
    site = Path(run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    (site / "others.pth").write_text(sysconfig.get_path("purelib"))  # the editable install in there is not followed
    return python


def build_wheel(folder: Path) -> Path:
    """Build the wheel from a copy of the sources."""
    source = folder / "source"
    source.mkdir()
    for name in NEEDED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, copy_function=shutil.copy)  # each with the time of its copy
        else:
            shutil.copy(ROOT / name, source / name)
    run(*PIP, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(source))
    (wheel,) = folder.glob("*.whl")
    return wheel


def run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def address(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("empty")
    command = [str(python), "-m", "server", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = next((line for line in process.stdout if "address" in line), "")
        assert ready, "the server has ended before it was ready"
        yield ready.split()[-1]
        process.terminate()
        process.communicate()
    assert process.returncode == 0, "it ends as in the checkout"
    assert [path.name for path in folder.iterdir()] == ["data"]


def test_what_runs_is_the_wheel(python: Path, tmp_path: Path) -> None:
    places = run(str(python), "-c", "import model, server; print(model.__file__, server.__file__)", cwd=tmp_path)
    assert str(ROOT) not in places
    assert places.count(str(python.parents[1])) == 2


def test_it_answers_with_profiles_and_typing_mistakes(address: str) -> None:
    body = {"question": "What is the pirce?", "image": png_base64(), "profile": "ecommerce"}
    request = urllib.request.Request(f"{address}/ask", json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=60) as response:
        answer = json.load(response)
    assert answer["answer"]
    assert answer["corrections"] == [{"from": "pirce", "to": "price"}]


@pytest.mark.parametrize(
    "path", ["/", "/playground", "/knowledge", "/desk", "/ops", "/schema", "/schema/openapi.json", "/web/chat/main.js"]
)
def test_it_sends_its_pages(address: str, path: str) -> None:
    with urllib.request.urlopen(f"{address}{path}", timeout=60) as response:
        assert len(response.read()) > 500


def test_it_is_typed_and_licensed(python: Path) -> None:
    (site,) = python.parents[1].glob("lib/python*/site-packages")
    assert (site / "server" / "py.typed").exists()
    assert (site / "model" / "py.typed").exists()
    assert list(site.glob("minicpm_v_server-*.dist-info/licenses/LICENSE"))


def test_it_holds_its_bill_of_materials(python: Path) -> None:
    (site,) = python.parents[1].glob("lib/python*/site-packages")
    (bill,) = site.glob("minicpm_v_server-*.dist-info/sboms/sbom.cdx.json")
    assert bill.read_bytes() == (ROOT / "locks" / "sbom.cdx.json").read_bytes()


def test_the_same_sources_make_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    again = build_wheel(tmp_path)
    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()
