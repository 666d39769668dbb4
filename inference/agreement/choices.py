"""Choices of the analysis that texts name; nothing heavy is loaded with them."""

RESAMPLES = 2000
SEED = 20240517
FEWEST_PEOPLE = 5  # for an interval
