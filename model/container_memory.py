"""How much memory the limits of a container leave: those of the control groups that this process is in.

Source: the Linux kernel's admin-guide/cgroup-v2 and cgroup-v1/memory. Docker and Kubernetes set them; the machine's own
figures do not show them.
"""

from collections.abc import Iterator
from pathlib import Path

GROUPS = Path("proc/self/cgroup")
MOUNT = Path("sys/fs/cgroup")

UNLIMITED = 1 << 60
"""Version 1 has no word for no limit, but a number of about 2^63."""

LIMITS = ("memory.max", "memory.high", "memory.limit_in_bytes")
USAGES = ("memory.current", "memory.usage_in_bytes")
RECLAIMABLE = (
    ("total_inactive_file", "total_active_file"),
    ("inactive_file", "active_file"),
)
"""Cached files in `memory.stat`, the inner groups' included: the kernel drops them before a limit is reached."""


def read_container_free(root: Path = Path("/")) -> int | None:
    """Return the bytes that may still be used under every limit, or None where there is no limit.

    `root` is the root of the file system, so that tests can give their own.
    """
    found = [free for folder in _list_folders(root) if (free := _read_free(folder)) is not None]
    return min(found, default=None)


def _list_folders(root: Path) -> Iterator[Path]:
    """Yield the folders of this process's groups and of all groups around them, in either version."""
    try:
        lines = (root / GROUPS).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, name = rest.partition(":")
        if controllers and "memory" not in controllers.split(","):
            continue
        for mount in _list_mounts(root / MOUNT, controllers):
            # in a container the group may have the host's name, and lie where the mount is
            path = mount / name.lstrip("/")
            yield from (folder for folder in (path, *path.parents) if folder.is_relative_to(mount))


def _list_mounts(mount: Path, controllers: str) -> list[Path]:
    """Return where the groups with these controllers may be mounted; version 2 lists none."""
    return [mount / controllers, mount / "memory"] if controllers else [mount, mount / "unified"]


def _read_free(folder: Path) -> int | None:
    limits = [limit for name in LIMITS if (limit := _read_number(folder / name)) is not None and limit < UNLIMITED]
    usage = next((used for name in USAGES if (used := _read_number(folder / name)) is not None), None)
    if not limits or usage is None:
        return None
    return max(min(limits) - max(usage - _read_reclaimable(folder), 0), 0)


def _read_number(file: Path) -> int | None:
    """Return the number in a file, or None where there is no file or no number, such as `max`."""
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _read_reclaimable(folder: Path) -> int:
    try:
        lines = (folder / "memory.stat").read_text(encoding="ascii").splitlines()
        stat = {name: int(value) for name, value in (line.split() for line in lines)}
    except (OSError, ValueError):
        return 0
    return next((sum(stat[name] for name in names) for names in RECLAIMABLE if set(names) <= set(stat)), 0)
