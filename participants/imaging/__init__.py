"""What a photo holds, and whether it will do: decode, face, quality. Plain Python over arrays."""
