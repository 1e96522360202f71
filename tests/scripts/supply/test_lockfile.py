"""Lock files are read as pip reads them, and written so that what is read is what was written."""

from pathlib import Path

import pytest

from scripts.supply.lockfile import (
    HEADER,
    LockedPackage,
    format_lock,
    normalize,
    parse_lock,
    read_constraints,
    read_lock,
)

A, B = "a" * 64, "b" * 64
TEXT = f"""# a comment
Some_Package==1.0+local ; sys_platform == 'linux' and python_version < '3.13' \\
    --hash=sha256:{A} \\
    --hash=sha256:{B}
    # via other
other==2 \\
    --hash=sha256:{B}
bare==3
"""


def test_packages_markers_and_hashes_are_read() -> None:
    marker = "sys_platform == 'linux' and python_version < '3.13'"
    assert parse_lock(TEXT) == [
        LockedPackage("some-package", "1.0+local", marker, (A, B)),
        LockedPackage("other", "2", "", (B,)),
        LockedPackage("bare", "3", "", ()),
    ]


def test_what_is_written_is_read_again_in_the_order_of_names() -> None:
    packages = parse_lock(TEXT)
    text = format_lock(packages)
    assert text.startswith(HEADER)
    assert parse_lock(text) == sorted(packages, key=lambda package: package.name)
    assert format_lock(parse_lock(text)) == text


def test_the_order_of_hashes_does_not_matter() -> None:
    assert format_lock([LockedPackage("p", "1", "", (B, A))]) == format_lock([LockedPackage("p", "1", "", (A, B))])


@pytest.mark.parametrize("name", ["Some_Package", "some.package", "SOME--PACKAGE", "some-package"])
def test_names_are_those_of_the_index(name: str) -> None:
    assert normalize(name) == "some-package"


def test_a_group_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "base.txt").write_text(TEXT)
    assert read_lock("base", tmp_path) == parse_lock(TEXT)
    with pytest.raises(FileNotFoundError):
        read_lock("dev", tmp_path)


def test_constraints_are_read() -> None:
    assert read_constraints("# exact==0\nFaker==4\npydantic_core==2.5\n\n") == {"faker": "4", "pydantic-core": "2.5"}
