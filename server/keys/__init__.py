"""Who may use the server, and how much: API keys, their limits, and the accounts that requests go on.

`python -m server.keys` makes keys. Nothing here knows HTTP, the engine or torch.
"""
