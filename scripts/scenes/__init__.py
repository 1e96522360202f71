"""The dialogues that the server is for, played against a running demo server."""
