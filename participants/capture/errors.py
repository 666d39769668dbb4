"""Refusals on a photo's way in: what happened, what was kept, what to do next."""

from studies.platform.errors import Invalid, NotAllowed, NotFound, Refusal, StateRefused

# --- The photo ---------------------------------------------------------------------------------


class PhotoConflict(StateRefused):
    """Another photo is already stored under the same id."""

    code = "photo_conflict"
    title = "Another photo was sent under this number"


class PhotoAlreadyAccepted(StateRefused):
    """The view has its accepted photo; another is not wanted unless a retake is asked for."""

    code = "photo_already_accepted"
    title = "This photo is already done"


class TooManyTakes(Refusal):
    """So many photos of one view arrived that something is wrong."""

    status = 429
    code = "too_many_takes"
    title = "Too many photos of this side"


class PhotoNotAsked(Invalid):
    """The visit does not ask for this view."""

    code = "photo_not_asked"
    title = "This photo is not part of the visit"


class PhotoEmpty(Invalid):
    """A file of no bytes."""

    code = "photo_empty"
    title = "The file is empty"


class PhotoTooLarge(Refusal):
    """More bytes than a photo may have."""

    status = 413
    code = "photo_too_large"
    title = "The file is too large"


class PhotoDamaged(Refusal):
    """What arrived is not what was sent (tus: checksum mismatch)."""

    status = 460
    code = "photo_damaged"
    title = "The photo was damaged on the way"


class OtherParticipant(StateRefused):
    """The photo was taken on the page of another participant than the one whose link is open."""

    code = "other_participant"
    title = "This photo is another person's"


class CollectionStopped(NotAllowed):
    """The participant or the study is in no state to collect photos."""

    code = "collection_stopped"
    title = "Photos are not collected any more"


# --- The upload --------------------------------------------------------------------------------


class UploadInvalid(Refusal):
    """A header is missing or makes no sense: the program that sends is at fault, not the person."""

    code = "upload_invalid"
    title = "The upload was not understood"


class UploadUnknown(NotFound):
    """No such upload of this participant."""

    code = "upload_unknown"
    title = "This upload is not known"


class UploadExpired(Refusal):
    """The upload was not finished in time, and what had arrived was removed."""

    status = 410
    code = "upload_expired"
    title = "This upload was not finished in time"


class UploadBusy(Refusal):
    """Another request is writing to this upload now."""

    status = 423
    code = "upload_busy"
    title = "This photo is being received already"


class OffsetWrong(StateRefused):
    """The chunk does not start where the upload ends; ``HEAD`` says where that is."""

    code = "offset_wrong"
    title = "The upload goes on elsewhere"


class VersionUnknown(Refusal):
    """The client speaks no version of tus that is spoken here."""

    status = 412
    code = "tus_version"
    title = "Unknown version of the upload protocol"


class LengthUnknown(Refusal):
    """A body of unknown length (chunked transfer)."""

    status = 411
    code = "length_required"
    title = "The length of what is sent is missing"


class WrongMediaType(Refusal):
    """A chunk is sent as ``application/offset+octet-stream``."""

    status = 415
    code = "media_type"
    title = "The upload was sent as another kind of content"
