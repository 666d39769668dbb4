"""Participants' words: what there is to translate, and the catalogues that hold it.

Needs the programs of GNU gettext; a running server reads only the compiled catalogues.
"""

from participants.words.catalogues.files import compiled, entries, merged, read_words
from participants.words.catalogues.sources import template_for

__all__ = ["compiled", "entries", "merged", "read_words", "template_for"]
