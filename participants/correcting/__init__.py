"""Correcting what is known of a participant: details, day 0, answers, what was completed."""
