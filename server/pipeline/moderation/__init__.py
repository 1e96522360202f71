"""Moderation by word lists: finding and hiding listed words. The stage that uses it is `stages/moderation.py`."""
