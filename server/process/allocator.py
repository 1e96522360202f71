"""How the C library keeps memory that was freed: what large bodies took goes back to the system at once.

By default glibc raises its threshold for blocks of their own to 32 MiB as soon as such a block is freed. Bodies then
lie between others, and what is between is kept for ever. See mallopt(3).
"""

import ctypes

M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3

OWN_BLOCK_BYTES = 4 * 2**20
"""Blocks of at least this size are mapped one by one. Smaller ones are reused, as the tensors of a step are."""

KEPT_BYTES = 64 * 2**20
"""How much may stay free at the end of the heap."""


def return_large_blocks() -> bool:
    """Set the thresholds of glibc; return false where the C library is another one."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    return all([mallopt(M_MMAP_THRESHOLD, OWN_BLOCK_BYTES) == 1, mallopt(M_TRIM_THRESHOLD, KEPT_BYTES) == 1])
