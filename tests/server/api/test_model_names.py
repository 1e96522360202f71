"""The names by which clients may ask for the model."""

import pytest

from server.api.model_names import ModelNames
from server.errors import UnknownModel

NAMES = ModelNames.of("openbmb/MiniCPM-V-2_6", ("minicpm-v", "minicpm-v:8b"))


def test_the_own_name_is_the_last_part_of_the_source() -> None:
    assert NAMES.all == ("MiniCPM-V-2_6", "openbmb/MiniCPM-V-2_6", "minicpm-v", "minicpm-v:8b")
    assert ModelNames.of("demo", ()).all == ("demo",)
    assert ModelNames.of("/models/mine/", ("mine",)).all == ("mine",)


@pytest.mark.parametrize("name", [*NAMES.all, "minicpm-v:latest", "MiniCPM-V-2_6:latest"])
def test_each_name_is_known(name: str) -> None:
    NAMES.check(name)


@pytest.mark.parametrize("name", ["", "minicpm", "minicpm-v:7b", "minicpm-v:8b:latest:latest", "MINICPM-V", ":latest"])
def test_other_names_are_unknown(name: str) -> None:
    with pytest.raises(UnknownModel, match="not found"):
        NAMES.check(name)


def test_without_a_name_the_model_has_its_own() -> None:
    assert NAMES.choose(None) == "MiniCPM-V-2_6"
    assert NAMES.choose("minicpm-v") == "minicpm-v"
    with pytest.raises(UnknownModel, match="not found"):
        NAMES.choose("")
