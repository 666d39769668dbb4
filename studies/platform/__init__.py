"""What everything stands on, without a word of skin: durable work, storage, sealing, refusals."""
