"""What an operator can set, and where it is read from."""
