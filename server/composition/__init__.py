"""The composition of what the application is made of."""
