"""The figures of a reading study, each with the table it is drawn from."""
