"""Participants' words: what there is to translate, and the catalogues that hold it.

Needs the programs of GNU gettext; a running server reads only the compiled catalogues.
"""

from participants.words.catalogues.extraction import extracted
from participants.words.catalogues.files import compiled, entries, read_words

__all__ = ["compiled", "entries", "extracted", "read_words"]
