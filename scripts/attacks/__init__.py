"""The trials of `scripts/attack.py`, by what they attack."""
