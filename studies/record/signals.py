"""What the record asks of rooms above, and tells them."""

from django.dispatch import Signal

# Sent when rows are to be proved. Receivers return an iterator of
# ``studies.record.services.rows.Compared``: each of their rows with what is wrong with it, if any.
rows_compared = Signal()

# Sent with ``photos``, a set of keys of photos whose row or scores were found edited, are as told
# again, or were released: receivers look up which are (``EditedRow``) and keep them out, or let
# them in.
edited_changed = Signal()
