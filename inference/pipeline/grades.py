"""The ordered grades, and the region that stands for the whole face."""

GRADES = ("none", "mild", "moderate", "severe")
FACE = "face"
