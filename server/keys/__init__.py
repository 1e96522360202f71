"""API keys: who may use the server, and how much.

`python -m server.keys` creates keys. Nothing here imports the web framework, the engine or torch.
"""
