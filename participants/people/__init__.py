"""A participant by code, the sealed identity, the personal link, the session it opens."""
