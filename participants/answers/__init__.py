"""What participants and staff answer: drafts, submissions, corrections."""
