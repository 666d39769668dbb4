"""The refusals of the pipeline, with the words a study manager reads."""

from __future__ import annotations


class PackageRefused(Exception):  # noqa: N818 - a refusal is named for what it says
    """A model package that cannot be used. `code` is stable, `message` is for people.

    Codes: not-found, too-large, not-onnx, external-data, custom-operator, opset, no-card,
    broken-card, incomplete-card, card-disagrees, wrong-shapes, not-finite, not-probabilities,
    dry-run-failed, too-much-memory, too-slow, changed, no-int8, broken-int8, int8-disagrees.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type[PackageRefused], tuple[str, str]]:
        return type(self), (self.code, self.message)
