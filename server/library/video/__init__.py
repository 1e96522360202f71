"""Clips in questions: their frames, how many of them a prompt has room for, and what the client is told of them."""
