"""What leaves as CSV: the rows, the columns with their meaning, and safe cells."""
