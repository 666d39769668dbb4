"""Why photographs of people cannot be used."""


class PhotographsRefused(Exception):  # noqa: N818 - a refusal is named for what it says
    """The folder of photographs, or what was made of it, is not what it has to be."""
