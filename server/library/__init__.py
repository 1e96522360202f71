"""Documents in collections: read page by page, cut into passages with exact sources, searched and cited.

It knows nothing of who asks: a session's uploads and an operator's collections are the same to it.
"""
