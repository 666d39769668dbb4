"""Messages to participants: reminders, their channels, push and calendar."""
