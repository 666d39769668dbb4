"""The staff's list of participants, and each participant's page."""
