"""What ``make dev`` runs: for who writes the code, never for a study, never in the tests."""
