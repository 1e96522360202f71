"""Dialogues of users: their turns are stored, and their history is put before each question."""
