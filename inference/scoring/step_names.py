"""What the steps of a recipe are called on pages."""

STEP_NAMES = {
    "denoise": "Noise reduction",
    "white_balance": "White balance",
    "enhance": "Local contrast",
}


def step_name(code: str) -> str:
    """What pages call a step such as ``denoise@2``: its words and its version."""
    name, _, version = code.partition("@")
    return f"{STEP_NAMES.get(name, name.replace('_', ' ').capitalize())} {version}"
