"""Correction of misspelt questions, Chinese and English, before the model sees them."""
