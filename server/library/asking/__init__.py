"""Answering from documents: what of them goes into the prompt, and which passages an answer is cited from."""
