"""Messages to participants: planned from the protocol, sent once, in their language and hours.

``plan`` brings a participant's messages in line with the protocol and is called whenever
something changed; ``tell`` plans one message outside the schedule.
"""

from participants.messaging.services.planning import plan, plan_all, tell
from participants.messaging.services.seen import note_seen

__all__ = ["note_seen", "plan", "plan_all", "tell"]
