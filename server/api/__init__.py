"""One file a dialect or concern; each only translates between the wire and a turn."""
