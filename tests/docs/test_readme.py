"""The READMEs' commands are run as they stand, against a server on the demo checkpoint."""

import re
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator

import pytest

from server.settings import arguments
from server.settings.settings import Settings
from tests.helpers.paths import ROOT
from tests.helpers.processes import running_server

READMES = ("README.md", "README.zh-CN.md")
EXAMPLE = re.compile(r"```sh\n([^`]*curl[^`]*)```\n+```json\n([^`]*)```")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_server("--model", "demo", "--data", str(tmp_path_factory.mktemp("data"))) as (_, address, _):
        yield address


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not here")
@pytest.mark.parametrize("name", READMES)
def test_curl_examples_answer_as_shown(address: str, name: str) -> None:
    examples = EXAMPLE.findall(read(name))
    assert len(examples) >= 3
    for command, shown in examples:
        script = command.replace("http://127.0.0.1:8000", address)
        done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=180)
        assert done.stdout.strip() == shown.strip()


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("README.md", "This is a striped blue shirt for 299 yuan."),
        ("README.zh-CN.md", "这是一款蓝色条纹衬衫，售价299元。"),
    ],
)
def test_python_examples_run(
    name: str, answer: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    (source,) = re.findall(r"```python\n(.*?)```", read(name), re.DOTALL)
    exec(compile(source, name, "exec"), {})
    assert capsys.readouterr().out.count(answer) == 3


@pytest.mark.parametrize("name", READMES)
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    for item in Settings.__dataclass_fields__.values():
        assert f"| `--{item.name.replace('_', '-')}` | `{arguments.shown(item.default)}` |" in read(name)


@pytest.mark.parametrize("name", READMES)
def test_linked_files_are_there(name: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", read(name)):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("name", READMES)
def test_make_targets_are_there(name: str) -> None:
    makefile = read("Makefile")
    targets = set(re.findall(r"^make (\w+)|`make (\w+)", read(name), re.MULTILINE))
    assert targets
    for target in {a or b for a, b in targets}:
        assert f"\n{target}:" in makefile


@pytest.mark.parametrize("name", READMES)
def test_every_metric_is_documented_and_there(address: str, name: str) -> None:
    with urllib.request.urlopen(f"{address}/metrics", timeout=60) as response:
        families = re.findall(r"^# TYPE (minicpmv_\w+)", response.read().decode(), re.MULTILINE)
    served = {family for family in families if not family.endswith("_created")}
    documented = set(re.findall(r"`(minicpmv_\w+)`", read(name)))
    assert {metric for metric in documented if "_gpu_" not in metric} == served
