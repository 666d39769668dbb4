"""Queries: questions about a piece of data, asked and answered on the record."""
