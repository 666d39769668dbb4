"""Training data from pictures and tables of others: a folder, a mapping card, and out come crops.

`python -m inference.training.importers CARD FOLDER --out var/training/NAME`; see
docs/training-data.md. Nothing here needs PyTorch.
"""
