"""Moderation by word lists: what of a question or an answer is forbidden, hidden or only noted."""
