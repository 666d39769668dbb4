"""What participants may ask of their data: to see, to stop, to have it erased."""
