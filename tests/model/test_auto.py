"""transformers' Auto classes know the architecture, whichever is imported first; and this package imports lightly."""

import subprocess
import sys

import pytest

from tests.helpers.paths import ROOT

LOADS = """
from transformers import AutoConfig, AutoModel, AutoTokenizer
config = AutoConfig.from_pretrained("model/demo")
print(type(config).__module__, type(AutoModel.from_pretrained("model/demo")).__module__)
AutoTokenizer.from_pretrained("model/demo")
"""


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    "before",
    [
        "import transformers, model",
        pytest.param("import model", marks=pytest.mark.slow),
        pytest.param("import importlib.util, model; importlib.util.find_spec('transformers')", marks=pytest.mark.slow),
        pytest.param("import model.config, model.loading", marks=pytest.mark.slow),
    ],
)
def test_auto_classes_load_ours(before: str) -> None:
    assert run(f"{before}\n{LOADS}") == "model.config model.minicpmv"


def test_the_package_alone_imports_neither_torch_nor_transformers() -> None:
    code = (
        "import sys, model, model.errors, model.options; print({'torch', 'transformers', 'numpy'} & set(sys.modules))"
    )
    assert run(code) == "set()"


def test_transformers_keeps_its_own_loader() -> None:
    code = "import model, transformers; print(type(transformers.__spec__.loader).__name__)"
    assert run(code) == "SourceFileLoader"


def test_what_is_not_there_is_an_attribute_error() -> None:
    assert run("import model; print(hasattr(model, 'lode'))") == "False"
