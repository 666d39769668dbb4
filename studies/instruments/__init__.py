"""Questionnaires and case report forms: read from files, previewed, published, judged, exported."""
