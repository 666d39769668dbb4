"""What amendments ask and tell later rooms, in the same transaction as the act itself."""

from django.dispatch import Signal

# amendment: studies.amendments.models.Amendment, not saved where it is only tried.
# Each receiver returns sentences: what the amendment would take from photos that exist.
orphans_asked = Signal()

# amendment; sites: list of studies.protocol.models.Site; on: date of its first day there.
# Each receiver returns a list of studies.amendments.effects.Effect: whom it would touch, and how.
effects_asked = Signal()

# approval: studies.amendments.models.SiteApproval, just entered.
amendment_approved = Signal()

# approval: studies.amendments.models.SiteApproval, whose first day was corrected.
approval_moved = Signal()
