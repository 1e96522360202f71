"""A tokenizer and an image processor as the demo has them, and a model that has learned nothing."""

from pathlib import Path

import pytest
import torch

from model.minicpmv import MiniCPMV
from model.prompt import PromptBuilder
from scripts.train_demo import make_builder, make_model


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="session")
def builder(demo_folder: Path) -> PromptBuilder:
    return make_builder(demo_folder, seed=0)


@pytest.fixture
def model(builder: PromptBuilder) -> MiniCPMV:
    torch.manual_seed(0)
    return make_model(builder.tokenizer)
