"""Consent read, given, changed, and its copies."""
