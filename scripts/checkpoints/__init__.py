"""Checkpoints of random weights in the published layout, for `make_checkpoint.py` and `try_checkpoint.py`."""
