"""Advisories are read in both forms, and concern the versions that the OSV schema says. All of these are made up."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.supply.advisories import find_concerned, is_affected, is_of_pypi, read_advisories
from scripts.supply.lockfile import LockedPackage

Events = list[dict[str, str]]


def package(version: str, name: str = "fruit-basket") -> LockedPackage:
    return LockedPackage(name, version, "", ())


def advisory(*events: dict[str, str], name: str = "Fruit_Basket", **more: Any) -> dict[str, Any]:
    ranges = [{"type": "GIT", "events": [{"introduced": "0"}]}, {"type": "ECOSYSTEM", "events": list(events)}]
    entry = {"package": {"name": name, "ecosystem": "PyPI"}, "ranges": ranges}
    return {"id": "PYSEC-0000-1", "summary": "Pips can be swallowed.", "affected": [entry], **more}


@pytest.mark.parametrize(
    ("events", "affected", "unaffected"),
    [
        ([{"introduced": "0"}], ["0.0.dev0", "1", "99"], []),
        ([{"introduced": "0"}, {"fixed": "1.10"}], ["0", "1.9", "1.10rc1"], ["1.10", "1.10.post1", "2"]),
        ([{"fixed": "2"}, {"introduced": "1"}], ["1", "1.5"], ["0.9", "2"]),
        ([{"introduced": "1"}, {"last_affected": "1.4"}], ["1", "1.4.0"], ["1.4.1", "0.9"]),
        (
            [{"introduced": "1"}, {"fixed": "1.2"}, {"introduced": "2"}, {"fixed": "2.1"}],
            ["1.1", "2.0.5"],
            ["1.2", "1.9", "2.1"],
        ),
        ([{"introduced": "0"}, {"fixed": "1"}, {"introduced": "3"}], ["0.5", "3", "4"], ["1", "2.9"]),
    ],
)
def test_ranges_are_evaluated_by_their_events(events: Events, affected: list[str], unaffected: list[str]) -> None:
    assert [version for version in affected if not is_affected(version, events)] == []
    assert [version for version in unaffected if is_affected(version, events)] == []


def test_a_finding_says_what_a_person_needs() -> None:
    told = advisory({"introduced": "1"}, {"fixed": "1.2"}, aliases=["CVE-0000-0001", "GHSA-x"])
    (finding,) = find_concerned(told, [package("1.1"), package("1.2"), package("1.1", "other")])
    assert str(finding) == (
        "fruit-basket 1.1: PYSEC-0000-1 (CVE-0000-0001, GHSA-x): Pips can be swallowed.; mended in 1.2"
    )


def test_listed_versions_count_beside_ranges() -> None:
    told = advisory({"introduced": "9"})
    told["affected"][0]["versions"] = ["1.0", "2004a-beta"]
    assert find_concerned(told, [package("1.0.0")])
    assert not find_concerned(told, [package("1.1")])


def test_details_stand_for_a_missing_summary() -> None:
    told = advisory({"introduced": "0"}, summary="", details="The first line.\nThe second.")
    (finding,) = find_concerned(told, [package("1")])
    assert str(finding) == "fruit-basket 1: PYSEC-0000-1: The first line."


def test_a_withdrawn_advisory_and_other_ecosystems_concern_nothing() -> None:
    assert not find_concerned(advisory({"introduced": "0"}, withdrawn="2020-01-01T00:00:00Z"), [package("1")])
    told = advisory({"introduced": "0"})
    assert is_of_pypi(told)
    told["affected"][0]["package"]["ecosystem"] = "npm"
    assert not is_of_pypi(told)
    assert not find_concerned(told, [package("1")])


def test_a_range_that_cannot_be_read_is_for_a_person_to_judge() -> None:
    assert find_concerned(advisory({"introduced": "first release"}), [package("1")])


def test_both_forms_are_read_from_folders_and_zip_files(tmp_path: Path) -> None:
    folder = tmp_path / "database" / "vulns" / "fruit-basket"
    folder.mkdir(parents=True)
    (folder / "PYSEC-0000-1.yaml").write_text(yaml.safe_dump(advisory({"introduced": "0"})))
    (folder / "GHSA-x.json").write_text(json.dumps(advisory({"introduced": "0"}, id="GHSA-x")))
    (folder / "README.md").write_text("no advisory")
    (folder / "settings.json").write_text("[1]")
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as written:
        for path in folder.iterdir():
            written.write(path, path.name)
    for place in (tmp_path / "database", archive):
        assert sorted(item["id"] for item in read_advisories(place)) == ["GHSA-x", "PYSEC-0000-1"]


@pytest.mark.parametrize(
    ("name", "text"), [("a.json", "{"), ("a.yaml", "a: [1"), ("b.yaml", "!!python/name:os.system x")]
)
def test_a_damaged_file_is_an_error_with_its_name(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=name):
        list(read_advisories(tmp_path))


def test_neither_folder_nor_zip_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ValueError, match="neither"):
        list(read_advisories(tmp_path / "file"))
    with pytest.raises(FileNotFoundError):
        list(read_advisories(tmp_path / "missing"))
