"""The HTTP interface: a folder for each dialect, and beside them what all dialects share.

A dialect only translates: its `request.py` holds what a client may send, its `turn.py` builds a `Turn` from that, its
`response.py` holds what a client gets, and its `routes.py` holds the handlers. `dialects.py` says how to add one.
"""
