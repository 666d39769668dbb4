"""What monitoring asks of later rooms."""

from django.dispatch import Signal

# scored_asked(study): the keys of the participants of whom a photo has a score that counts.
scored_asked = Signal()
