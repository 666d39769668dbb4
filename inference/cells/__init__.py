"""Parts of pages and files used by every room: plots, CSV, live fragments."""
