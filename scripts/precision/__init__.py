"""What rounding to fewer bits changes in a model's answers."""
