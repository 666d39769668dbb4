"""Words and languages of the pages."""
