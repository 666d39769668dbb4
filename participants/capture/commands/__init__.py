"""Commands of this room; ``participants/management/commands`` has their doors."""
