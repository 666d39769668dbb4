"""Reading the files that instruments come in, and writing them again."""
