"""What is logged, counted and traced of each request."""
