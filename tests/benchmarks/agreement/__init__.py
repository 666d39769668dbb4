"""How often phone and server disagree about a photo: python -m tests.benchmarks.agreement."""
