"""``cv2``: OpenCV, loaded when it is first used.

The web process answers nearly every request without it, and it costs some thirty megabytes.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import cv2 as cv2
else:

    class OpenCV:
        """``OpenCV().resize`` is ``cv2.resize``; found once, it stays."""

        def __getattr__(self, name: str) -> Any:
            import cv2

            attribute = getattr(cv2, name)
            setattr(self, name, attribute)
            return attribute

    cv2 = OpenCV()
