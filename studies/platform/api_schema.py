"""What drf-spectacular cannot see by itself: that every operation may be refused, and how."""

from typing import Any

REFUSALS = {
    "400": "A parameter is not understood.",
    "401": "No key was sent, or it is unknown or revoked.",
    "403": "Your role does not include this.",
    "404": "There is no such thing, or you may not see it.",
    "405": "The address does not take this method; Allow names those it takes.",
    "406": "The answer is not to be had in the form asked for.",
    "422": "What was asked for breaks a rule; the detail says which.",
    "429": "Too many requests; try again later.",
    "500": "Something went wrong on our side.",
}
# Of what changes something.
ACT_REFUSALS = {"409": "It is in a state from which this is not possible, or somebody was faster."}
PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail"],
}


def add_refusals(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """A spectacular post-processing hook: add the ``Problem`` answers to every operation."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    body = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path in result["paths"].values():
        for method, operation in path.items():
            refusals = REFUSALS | (ACT_REFUSALS if method == "post" else {})
            for status, description in refusals.items():
                operation["responses"].setdefault(
                    status, {"description": description, "content": body}
                )
    return result
