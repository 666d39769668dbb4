"""Which questionnaire is asked when, and of whom: instruments in the protocol."""
