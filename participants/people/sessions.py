"""A browser's session, in which a participant's and a member of staff's live beside each other.

Django's engine: signing in as somebody else, and signing out, throws the whole session away.
The participant's own part of it is not staff's to end, so it goes into the new session, alone;
the key is a new one, as ever. The participant's pages ask for nothing of staff's part, and what
staff is told (``messages``) waits in a cookie of its own.
"""

from typing import Any, ClassVar

from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.sessions.backends.db import SessionStore as DatabaseSession
from django.http import HttpRequest

SESSION_KEY = "my_invitation"
UNTIL_KEY = "my_until"  # seconds since 1970: staff's sign-in sets other limits for the whole


class SessionStore(DatabaseSession):
    """The session of one browser; ``flush`` ends staff's part, ``flush_all`` both."""

    kept: ClassVar[tuple[str, ...]] = (SESSION_KEY, UNTIL_KEY)

    def flush(self) -> None:
        """Begin a new session that holds the participant's part of the old one."""
        mine: dict[str, Any] = {name: self[name] for name in self.kept if name in self}
        super().flush()
        self.update(mine)

    def flush_all(self) -> None:
        """Begin a new session that holds nothing."""
        super().flush()


class Messages(CookieStorage):
    """What is told on the next page, apart for staff and for participants."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        if request.path_info.startswith(("/my/", "/p/", "/r/")):
            self.cookie_name = "my_messages"
