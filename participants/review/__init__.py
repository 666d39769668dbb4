"""Photos that a person has to look at: each beside the first one of the same view."""
