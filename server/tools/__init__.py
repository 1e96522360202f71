"""Business tools: calls that an operator declares, which the model asks for and code runs."""
