"""Amendments: numbered changes of a running protocol, in force site by site."""
