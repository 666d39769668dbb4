"""Pages that put the rooms together: home, and a study's protocol."""
