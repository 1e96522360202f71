"""Documents and clips that are made for demonstrations, measurements and tests."""
