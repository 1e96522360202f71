"""The clients of `scripts/load.py`: their requests, and what they check."""
