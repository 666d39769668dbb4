"""How far readers, and networks, agree about the same cases, in plain numbers."""
