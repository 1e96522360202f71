"""Correction of misspelt Chinese and English words. The stage that uses it is `stages/typos.py`."""
