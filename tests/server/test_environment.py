"""A file `.env` is read as it stands, or refused with the line that is wrong."""

from pathlib import Path

import pytest

from server.environment import EnvFileError, Environment, Variable, read_env_file


def written(folder: Path, content: bytes) -> Path:
    path = folder / ".env"
    path.write_bytes(content)
    return path


def test_a_missing_file_has_no_variables(tmp_path: Path) -> None:
    assert read_env_file(tmp_path / ".env") == {}


def test_values_are_read_as_they_are_written(tmp_path: Path) -> None:
    content = "# the shop\nA=1\nexport B='x y' # why\n\nC=\"\"\nD=p${A}$ss\nE=中文\n".encode()
    expected = {"A": "1", "B": "x y", "C": "", "D": "p${A}$ss", "E": "中文"}
    assert read_env_file(written(tmp_path, content)) == expected


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"A=1\nno value here\n", ", line 2: it is not NAME=value"),
        (b"A=1\n\nB\n", ", line 3: it is not NAME=value"),
        (b"A='1\n", ", line 1: it is not NAME=value"),
        (b"A=\xff\n", " cannot be read: "),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error(tmp_path: Path, content: bytes, cause: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(EnvFileError) as refused:
        read_env_file(path)
    assert f"{path}{cause}" in str(refused.value)


def test_a_folder_in_place_of_the_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EnvFileError, match="cannot be read"):
        read_env_file(tmp_path)


def test_the_environment_comes_before_the_file() -> None:
    environment = Environment({"A": "1", "B": ""}, {"A": "2", "C": "3"})
    assert environment.find("A") == Variable("A", "1", "")
    assert environment.find("B", "A") == Variable("B", "", "")
    assert environment.find("C", "A") == Variable("A", "1", "")
    assert str(environment.find("C")) == "C in .env"
    assert environment.find("D", "") is None
