"""The demonstration study: people, acts and generated photos, all through the real services."""
