"""Who people are and what their roles let them do."""
