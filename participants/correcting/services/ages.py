"""What another year of birth makes of the study's ages and of who had to sign the consent."""

from participants.consent.services import consents
from participants.consent.services.guardians import takes_minors
from participants.consent.services.signed_amiss import TAKING_PART
from participants.people.models import Participant
from studies.protocol.models import Study

Amiss = consents.Amiss
_FAILED = Participant.State.SCREEN_FAILURE


def age_doubts(participant: Participant, born: int) -> dict[str, str]:
    """That somebody born ``born`` was outside the study's ages on the day of screening, or not."""
    study, code, year = participant.study, participant.code, participant.screened_at.year
    former = participant.year_of_birth
    if _fits(study, born, year):
        if participant.state != _FAILED or former is None or _fits(study, former, year):
            return {}
        return {
            f"age-fits:{born}": f"Born in {born}, {code} fits the study's ages. They stay a screen "
            "failure: correct the answers of the screening too, or screen them again."
        }
    wanted = f"{study.min_age} to {study.max_age}" if study.max_age else f"{study.min_age} or older"
    sentence = (
        f"Born in {born}, {code} was {year - born - 1} or {year - born} when screened; the study "
        f"takes people who are {wanted}. The year is right all the same. {_stays(participant)}"
    )
    return {f"age:{born}": sentence}


def _fits(study: Study, born: int, year: int) -> bool:
    too_old = study.max_age is not None and year - born - 1 > study.max_age
    return bool(year - born >= study.min_age and not too_old)


def _stays(participant: Participant) -> str:
    if participant.state == Participant.State.ELIGIBLE:
        return "They stay eligible unless the answers of the screening are corrected too."
    state = participant.get_state_display()
    return f"They stay {state}; whether they go on is for the investigator to say."


def signer_doubts(participant: Participant, born: int) -> dict[str, str]:
    """That the consent in force does not hold any longer by who signed it, or holds again."""
    given = consents.consent_in_force(participant)
    if given is None or participant.state not in TAKING_PART:
        return {}
    given.participant = participant
    before, after = consents.amiss(given), consents.amiss(given, born)
    if before == after:
        return {}
    return {f"signer:{born}": f"Born in {born}, {_follows(participant, after)}"}


def _follows(participant: Participant, amiss: Amiss | None) -> str:
    code, age = participant.code, participant.study.majority_age
    sent = "Whether what was sent may be kept is for the ethics committee to say."
    if amiss is None:
        return f"{code} has a consent that holds as it was signed: nobody is asked to sign again."
    if amiss == Amiss.OF_AGE:
        return (
            f"{code} is of age, and a parent or guardian signed. They are asked for their own "
            "consent, and no photo is taken before."
        )
    if amiss == Amiss.SIGNED_YOUNG:
        return (
            f"{code} was under {age} when they signed the consent alone. They are asked to sign "
            f"again, now that they are of age, and no photo is taken before. {sent}"
        )
    sentence = (
        f"{code} is under {age}, and signed the consent alone. A parent or guardian has to sign as "
        f"well, on the clinic’s screen, the phone or paper, and no photo is taken before. {sent}"
    )
    if not takes_minors(participant.study):
        sentence += f" The study takes nobody under {age}: without its leave, withdraw them."
    return sentence
