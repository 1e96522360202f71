"""What the server is made of: the locks, their installation, the bill of materials, advisories and image digests."""
