"""What ``pip wheel .`` and ``pip install .`` are answered: no wheel is made of this product.

An installation is a folder with templates, pages' libraries and settings beside ``manage.py``
(docs/deployment), which a wheel would scatter over the environment of whatever else lives there.
Without this the build would succeed and hold nothing. https://peps.python.org/pep-0517/
"""

from typing import Any, NoReturn

WORDS = (
    "Global Skin Health is not built as a wheel. `make dist` writes the whole product as one "
    "archive, dist/global-skin-health-VERSION.tar.gz; docs/deployment/README.md tells how it is "
    "unpacked, and `pip install --require-hashes -r config/requirements/base.txt` brings what it "
    "needs."
)


def refuse(*_args: Any, **_options: Any) -> NoReturn:
    """Whatever is asked for.

    Raises:
        SystemExit: with what to do instead.
    """
    raise SystemExit(WORDS)


get_requires_for_build_wheel = get_requires_for_build_sdist = refuse
get_requires_for_build_editable = refuse
build_wheel = build_sdist = build_editable = refuse
