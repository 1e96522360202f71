"""Customers with tokens: who they are, what they may do and how often."""
