"""The limits of a container are read in both versions of control groups, at every level, from a made-up file system."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from model.container_memory import read_container_free

NO_LIMIT_V1 = str(9223372036854771712)


def write(root: Path, groups: str, files: Mapping[str, str]) -> Path:
    """Write the process's groups, and files below where groups are mounted."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(groups)
    for name, text in files.items():
        file = root / "sys/fs/cgroup" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        pytest.param("0::/\n", {"memory.max": "1000\n", "memory.current": "300\n"}, 700, id="v2"),
        pytest.param("0::/\n", {"memory.max": "max\n", "memory.current": "300\n"}, None, id="v2 without a limit"),
        pytest.param("0::/\n", {"memory.max": "1000\n"}, None, id="v2 without a usage"),
        pytest.param("0::/\n", {"memory.max": "100\n", "memory.current": "300\n"}, 0, id="v2 over its limit"),
        pytest.param(
            "0::/\n",
            {
                "memory.max": "1000",
                "memory.current": "900",
                "memory.stat": "anon 200\ninactive_file 500\nactive_file 100",
            },
            700,
            id="v2 with cached files",
        ),
        pytest.param(
            "0::/\n", {"memory.max": "max", "memory.high": "800", "memory.current": "300"}, 500, id="v2 throttled"
        ),
        pytest.param(
            "0::/a/b\n",
            {"a/b/memory.max": "max", "a/b/memory.current": "10", "a/memory.max": "500", "a/memory.current": "100"},
            400,
            id="v2 with a limit around it",
        ),
        pytest.param(
            "0::/a/b\n",
            {"a/b/memory.max": "300", "a/b/memory.current": "10", "a/memory.max": "900", "a/memory.current": "800"},
            100,
            id="v2 with two limits",
        ),
        pytest.param(
            "0::/host/name\n", {"memory.max": "1000", "memory.current": "1"}, 999, id="v2 under its host's name"
        ),
        pytest.param(
            "5:cpu:/\n4:memory:/\n0::/\n",
            {"memory/memory.limit_in_bytes": "1000", "memory/memory.usage_in_bytes": "400"},
            600,
            id="v1",
        ),
        pytest.param(
            "4:memory:/\n",
            {"memory/memory.limit_in_bytes": NO_LIMIT_V1, "memory/memory.usage_in_bytes": "400"},
            None,
            id="v1 without a limit",
        ),
        pytest.param(
            "4:memory:/docker/0123\n",
            {
                "memory/memory.limit_in_bytes": "1000",
                "memory/memory.usage_in_bytes": "900",
                "memory/memory.stat": "inactive_file 1\nactive_file 1\ntotal_inactive_file 300\ntotal_active_file 50",
            },
            450,
            id="v1 in a container, with cached files",
        ),
        pytest.param(
            "4:cpu,memory:/x\n",
            {"cpu,memory/x/memory.limit_in_bytes": "1000", "cpu,memory/x/memory.usage_in_bytes": "1"},
            999,
            id="v1 mounted with another controller",
        ),
        pytest.param(
            "4:memory:/\n0::/\n",
            {
                "memory/memory.limit_in_bytes": NO_LIMIT_V1,
                "memory/memory.usage_in_bytes": "1",
                "unified/memory.max": "50",
                "unified/memory.current": "20",
            },
            30,
            id="both versions",
        ),
        pytest.param(
            "4:cpu:/\n", {"cpu/memory.limit_in_bytes": "10", "cpu/memory.usage_in_bytes": "1"}, None, id="cpu"
        ),
        pytest.param(
            "0::/\n", {"memory.max": "9", "memory.current": "1", "memory.stat": "??"}, 8, id="statistics unreadable"
        ),
        pytest.param("nonsense\n", {}, None, id="nonsense"),
        pytest.param("", {}, None, id="no groups"),
    ],
)
def test_what_limits_leave(tmp_path: Path, groups: str, files: Mapping[str, str], expected: int | None) -> None:
    assert read_container_free(write(tmp_path, groups, files)) == expected


def test_a_system_without_control_groups_has_no_limit(tmp_path: Path) -> None:
    assert read_container_free(tmp_path) is None


def test_this_machine_can_be_read() -> None:
    free = read_container_free()
    assert free is None or free >= 0
