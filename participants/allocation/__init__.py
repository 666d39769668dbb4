"""What randomisation, or a person, gave each participant: the arm, sealed, behind a right."""
