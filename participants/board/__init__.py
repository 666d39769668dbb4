"""The schedule of a study: a board of participants and visits, a week, and acts on many at once."""
