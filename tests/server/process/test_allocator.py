"""What the process gives back to the system. In a process of its own: the thresholds hold for the whole process."""

import platform
import subprocess
import sys

import pytest

from server.process.allocator import OWN_BLOCK_BYTES

PROGRAM = """
import sys
import psutil
from server.process.allocator import return_large_blocks

print(return_large_blocks())
size, kept = int(sys.argv[1]), []
for _ in range(40):  # what is small is kept, and lies behind each of the large ones
    large = bytearray(size)
    kept.append(bytearray(100_000))
    large[::4096] = bytes(len(large[::4096]))
    del large
before = psutil.Process().memory_info().rss
large = [bytearray(b"x") * size for _ in range(20)]
pins = [bytearray(100_000) for _ in range(40)]
del large
print(psutil.Process().memory_info().rss - before)
"""

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")


def test_what_large_blocks_took_goes_back_to_the_system() -> None:
    command = [sys.executable, "-c", PROGRAM, str(2 * OWN_BLOCK_BYTES)]
    is_set, grown = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert is_set == "True"
    assert int(grown) < 2 * OWN_BLOCK_BYTES
