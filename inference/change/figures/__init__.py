"""The figures of change over time, in plain numbers: no Django, no rights, no rows."""
