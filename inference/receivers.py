"""Listening to participants."""
