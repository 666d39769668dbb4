"""The visits of one participant, and the daily rollover of a study's."""
