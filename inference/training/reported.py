"""What a card takes over from a report of the test split."""

REPORTED = (
    "split", "photos", "identities", "photos_without_a_face_found", "generator_sha256",
    "conditions", "mean_absolute_severity_error", "by_skin_tone",
)  # fmt: skip
