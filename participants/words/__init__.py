"""The languages, catalogues, places and dates of the participant's pages."""
