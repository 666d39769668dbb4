"""Two packages compared over the same photos."""
