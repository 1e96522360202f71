"""What `scripts/load.py` sends, and what it makes of the answers."""
