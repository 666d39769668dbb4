"""Model packages: checked, registered, retired, with their reports."""
