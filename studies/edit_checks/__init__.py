"""Edit checks: what the protocol asks of answers and visits, and the words of the query."""
