"""Example dialogues, which are played against a running demo server."""
