"""A study's protocol: sites, arms, visits, conditions, criteria, reminders, rights in it."""
