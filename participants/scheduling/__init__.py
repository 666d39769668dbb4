"""Staff's acts on visits: moved, missed, unscheduled, photographed at the clinic; and notes."""
