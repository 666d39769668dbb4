"""A package tried on one photo."""
