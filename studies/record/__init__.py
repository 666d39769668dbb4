"""The audit trail as it is written: append-only, hash-chained."""
