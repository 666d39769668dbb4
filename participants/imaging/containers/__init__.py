"""What a photo file says of itself before any image library sees it: kind, whole or cut, cost.

Read by `decode_child.py` alone, in its limited process; nothing here needs more than the standard
library. A reader returns a `Described`, or raises `Refused`.
"""
