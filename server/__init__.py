"""The HTTP server over `model/`."""
