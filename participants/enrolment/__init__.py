"""Screening and enrolment."""
