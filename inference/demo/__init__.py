"""The demonstration study: people, deeds and generated photos, through the real services."""
