"""Documents that are broken or odd, with what is to become of each."""
