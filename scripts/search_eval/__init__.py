"""The evaluation of the search for passages."""
