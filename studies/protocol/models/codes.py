"""What the codes of a protocol may be: parts of addresses, names in files, columns of tables.

Pages and the protocol file ask for the same patterns. None lets through what means something in an
address (slash, question mark, number sign, percent, space, dots alone), a dash at the start, which
commands take for an option, or a letter that only looks like one of ours.
"""

from django.core.validators import RegexValidator

STUDY = r"[A-Z][A-Z0-9-]{0,19}"
ARM = STUDY
SITE = r"[A-Z]{2,4}[0-9]{2}"
# The word “add” stands where the code does, in the address of the page that adds one, and
# “unscheduled-” and “repeat-day-” begin the codes of visits that no schedule plans.
VISIT = r"(?!add\Z|unscheduled-|repeat-day-)[a-z0-9][a-z0-9-]{0,19}"
CRITERION = r"(?!add\Z)[a-z0-9][a-z0-9_-]{0,39}"

STUDY_WORDS = "capital letters, digits and hyphens, starting with a letter, such as MEL-8"
ARM_WORDS = "capital letters, digits and hyphens, starting with a letter, such as SUNSCREEN"
SITE_WORDS = "letters and two digits, such as SG01: two to four capital letters"
VISIT_WORDS = "small letters, digits and hyphens, such as day-7, and not the word add"
CRITERION_WORDS = (
    "small letters, digits, hyphens and underscores, starting with a letter or digit, such as "
    "melasma-diagnosed, and not the word add"
)


def _rule(pattern: str, words: str) -> RegexValidator:
    return RegexValidator(rf"\A{pattern}\Z", f"Use {words}.")


study_code = _rule(STUDY, STUDY_WORDS)
arm_code = _rule(ARM, ARM_WORDS)
site_code = _rule(SITE, SITE_WORDS)
visit_code = _rule(VISIT, VISIT_WORDS)
criterion_code = _rule(CRITERION, CRITERION_WORDS)
