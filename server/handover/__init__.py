"""Hand-over to a person: who answers a session, who is told, and what is shown as it happens."""
