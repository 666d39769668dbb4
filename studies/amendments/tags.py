"""Which amendment a consent text goes with, for the pages of texts."""

from django import template

from studies.amendments.models import Amendment, HeldConsent
from studies.consent_texts.models import ConsentDocument

register = template.Library()


@register.simple_tag
def only_where_named(document: ConsentDocument) -> bool:
    """Whether no site shows it but those whose approval names it."""
    return HeldConsent.objects.filter(version=document.version_id).exists()


@register.simple_tag
def amendment_with(document: ConsentDocument) -> Amendment | None:
    """The amendment that names the version of ``document``, by itself or in a site's approval."""
    amendments = Amendment.objects.filter(study=document.study_id)
    own = amendments.filter(consent_version=document.version_id).first()
    return own or amendments.filter(approvals__consent_version=document.version_id).first()
