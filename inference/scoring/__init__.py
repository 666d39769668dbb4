"""Runs over photos, their scores, scoring again, and the models of a study."""
