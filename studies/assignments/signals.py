"""What assignments ask of the rooms above."""

from django.dispatch import Signal

# assignment. Each receiver returns how many answers it knows to it.
answers_asked = Signal()
