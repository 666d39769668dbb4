"""Handing a participant over to another site of the study.

The code stays, whatever site it names; see ``docs/decisions/0014-transfers.md``.
"""

from django.db import transaction

from participants.amending.services.carrying import follow_site
from participants.correcting.errors import NothingDiffers
from participants.correcting.services.common import begin, consent_doubts, keep
from participants.people.models import Identity, Participant
from participants.people.services.record import record_about
from participants.people.services.sealed_identity import unseal
from participants.visits.models import Visit
from participants.visits.signals import plans_changed
from studies.access.models import Membership, User
from studies.access.permissions import Permission, Role
from studies.platform.actors import Actor
from studies.platform.confirming import Confirmed, require_confirmed
from studies.platform.errors import StateRefused, invalid
from studies.platform.seen import Seen
from studies.protocol.models import Site
from studies.protocol.services.rights import may
from studies.record.unchanged import require_unchanged

TRANSFERRED, ARRIVED = "participant.transfer", "participant.arrive"
_MOVABLE = (
    Participant.State.PRE_SCREENED,
    Participant.State.CONSENTING,
    Participant.State.SCREENING,
    Participant.State.ELIGIBLE,
    Participant.State.SCREEN_FAILURE,
    Participant.State.ENROLLED,
    Participant.State.COMPLETED,
)


@transaction.atomic
def transfer_participant(
    *,
    participant: Participant,
    site: Site,
    reason: str,
    by: Actor,
    seen: Seen | None = None,
    confirmed: Confirmed = None,
) -> Participant:
    """Let ``site`` look after ``participant`` from now on, with everything there is of them.

    Their code, links, consents, visits, photos and uploads under way stay as they are; visits that
    have not opened follow the new site's version of the protocol, where that is a newer one.

    Raises:
        NotAllowed: ``by`` may not edit participants at the site they are at now.
        ReasonMissing: nobody says why.
        ChangedMeanwhile: somebody has transferred them since ``seen``.
        NothingDiffers: they are there already.
        Invalid: the site is of another study, or their phone number would be another's there.
        StateRefused: withdrawn or erased.
        Unconfirmed: nobody coordinates ``site``, a newer consent is in force there, or ``by`` loses
            sight of them.
    """
    participant, reason = begin(participant=participant, reason=reason, by=by)
    former, study = participant.site, participant.study
    if participant.state not in _MOVABLE:
        raise StateRefused(
            f"{participant.code} is {participant.get_state_display()} and stays where they were. "
            "Nothing was changed."
        )
    require_unchanged(
        seen,
        {"site": former.pk},
        study=study.code,
        actions=(TRANSFERRED,),
        participant=participant.code,
    )
    if site.study_id != study.pk:
        message = "Choose a site of this study."
        raise invalid("Nothing was changed.", {"site": message})
    if site.pk == former.pk:
        raise NothingDiffers(f"{participant.code} is at {site.code} already.")
    _require_phone_read_alike(participant, former, site)
    said = require_confirmed(_doubts(participant, site, by), confirmed)
    keep(
        participant=participant,
        old={"site": former.code},
        new={"site": site.code},
        reason=reason,
        by=by,
        action=TRANSFERRED,
        also={"confirmed": said} if said else None,
    )
    participant.site = site
    participant.save(update_fields=["site"])
    # Both sites' records tell of it: each is read by itself.
    moved = {"site": former.code}, {"site": site.code}
    record_about(participant, ARRIVED, by=by, old=moved[0], new=moved[1], reason=reason)
    follow_site(participant=participant, by=by)
    plans_changed.send(sender=Visit, participant=participant)  # days begin where the site is
    return participant


def _require_phone_read_alike(participant: Participant, former: Site, site: Site) -> None:
    """Refuse where a number without the country's code would be read as another country's.

    Raises:
        Invalid: with what to do first.
    """
    row = Identity.objects.filter(participant=participant).first()
    if row is None or former.country == site.country:
        return
    phone = unseal(participant=participant, sealed=bytes(row.sealed)).phone
    if phone and not phone.startswith("+"):
        raise invalid(
            "Nothing was changed: their phone number has no country code.",
            {
                "site": f"At {site.code} it would be read as a number of another country, and "
                "messages would reach somebody else. Correct the contact first: write the number "
                "with its country code."
            },
        )


def _doubts(participant: Participant, site: Site, by: Actor) -> dict[str, str]:
    asked, code = {}, participant.code
    roles = Membership.objects.current().filter(study=site.study_id, role=Role.COORDINATOR)
    here = roles.filter(site=site) | roles.filter(site=None)
    if not here.exists():
        asked[f"nobody:{site.code}"] = (
            f"Nobody coordinates {site.code} yet, so nobody there can look after {code}."
        )
    asked |= consent_doubts(participant, site=site)
    study = participant.study
    if isinstance(by, User) and not may(by, Permission.PARTICIPANT_VIEW, study=study, site=site):
        asked[f"out-of-sight:{site.code}"] = (
            f"After this you no longer see {code}: people at {site.code} do."
        )
    return asked
