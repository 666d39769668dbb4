"""Source data verification: what a monitor has compared with the source, and what changed since."""
