"""What the record asks of rooms above."""

from django.dispatch import Signal

# Sent when rows are to be proved. Receivers return an iterator of
# ``studies.record.services.rows.Differs``: their rows that are not what the record told of them.
rows_compared = Signal()
