"""Secrets that are kept as hashes only: of links, keys, receipts and devices."""

import hashlib


def sha256_of(secret: str) -> str:
    """SHA-256 (hex) of a secret of 256 random bits: nothing to guess, so no salt or stretching."""
    return hashlib.sha256(secret.encode()).hexdigest()
