"""Change over time: from baseline, adjusted for it, beyond noise, among peers."""
