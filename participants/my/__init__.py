"""The participant's own pages that put the rooms together."""
