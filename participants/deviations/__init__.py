"""Departures from the protocol, as a list that a monitor reads."""
