"""An example shop as an HTTP service: orders, shipments, returns, exchanges and stock, for business tools to call."""
