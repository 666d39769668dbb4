"""Photos: taken on the phone, uploaded, checked."""
