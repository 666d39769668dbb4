"""What participants agree to: consent documents, their versions and translations."""
