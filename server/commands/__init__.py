"""Commands beside the server: what a person at a terminal does with it, whether it runs or not."""
