"""``make bench-scale``: what a study of a thousand, a hundred thousand, a million scores costs."""
