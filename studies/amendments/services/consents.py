"""Which consent texts a site shows: those that go with an amendment only where it is in force."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from studies.amendments.models import Amendment, HeldConsent, SiteApproval
from studies.amendments.services.reading import today
from studies.consent_texts.models import ConsentDocument, ConsentVersion
from studies.consent_texts.versions import texts_in_force
from studies.protocol.models import Site, Study


@dataclass(frozen=True)
class Texts:
    """The text of each language at a site.

    ``asking`` is the newest edition, by language, that asks those who agreed to an earlier one.
    """

    by_language: Mapping[str, ConsentDocument]
    asking: Mapping[str, int]

    def asks(self, document: ConsentDocument, agreed: ConsentDocument) -> bool:
        """Whether ``document`` has to be signed by who agreed to ``agreed``."""
        newest = self.asking.get(document.language, 0)
        return min(newest, document.version.edition) > agreed.version.edition


def texts_at(site: Site) -> Texts:
    """The texts that participants of ``site`` read today."""
    return texts_by_site(site.study, [site])[site.pk]


def texts_by_site(study: Study, sites: Iterable[Site] | None = None) -> dict[int, Texts]:
    """Site (its key) → its texts today; a handful of queries, however many sites.

    An edition that came into force with a version that an amendment names is shown only where the
    amendment has taken effect; an editorial version of it goes with it.
    """
    keys = [site.pk for site in (sites if sites is not None else study.sites.all())]
    named = _named(study)
    if not named:
        found = texts_in_force(study)
        asking = {code: text.version.edition for code, text in found.items()}
        return dict.fromkeys(keys, Texts(found, asking))
    texts = study.consent_documents.exclude(state=ConsentDocument.State.DRAFT)
    shown = list(texts.select_related("version").order_by("version__edition", "in_force_at", "pk"))
    first: dict[int, int] = {}
    for text in shown:
        first.setdefault(text.version.edition, text.version_id)
    bound = {edition for edition, version in first.items() if version in named}
    here = _in_force(study)
    made = {}
    for key in keys:
        allowed = here.get(key, {})
        editions = {text.version.edition for text in shown if text.version_id in allowed}
        quiet = {text.version.edition for text in shown if allowed.get(text.version_id) is False}
        made[key] = _texts(shown, hidden=frozenset(bound - editions), quiet=frozenset(quiet))
    return made


def _named(study: Study) -> set[int]:
    by_all = Amendment.objects.filter(study=study).values_list("consent_version", flat=True)
    by_site = SiteApproval.objects.filter(amendment__study=study)
    named = by_all.exclude(consent_version=None)
    return {
        *HeldConsent.objects.filter(version__study=study).values_list("version", flat=True),
        *named,
        *by_site.exclude(consent_version=None).values_list("consent_version", flat=True),
    }


def hold(version: ConsentVersion | None, *, drafted: bool = False) -> None:
    """Keep ``version`` from every site but those that name it, once nobody does any more.

    One that is not in force yet can still be put in force for all, so it is held only if told.
    """
    if version is not None and (version.edition or drafted):
        HeldConsent.objects.get_or_create(version=version)


def holdable(study: Study) -> QuerySet[ConsentVersion]:
    """Those that are drafted, that nothing names, and that can be kept for single sites."""
    named = Amendment.objects.filter(study=study).exclude(consent_version=None)
    rows = nameable(study).filter(edition=0, held=None)
    return rows.exclude(pk__in=named.values("consent_version"))


def held(study: Study) -> QuerySet[ConsentVersion]:
    """Those that are shown only where an approval names them."""
    return ConsentVersion.objects.filter(study=study, held__isnull=False)


def nameable(study: Study, named: int | None = None) -> QuerySet[ConsentVersion]:
    """Those that an amendment may name: not in force yet, held back, or ``named`` (a key) by it."""
    known = ConsentVersion.objects.filter(study=study, documents__isnull=False)
    return known.filter(Q(edition=0) | Q(held__isnull=False) | Q(pk=named or 0)).distinct()


def _in_force(study: Study) -> dict[int, dict[int, bool]]:
    """Site → consent version that goes with an amendment in force there → whether it asks.

    An amendment begins as the day does where the site is.
    """
    in_force: dict[int, dict[int, bool]] = {}
    approvals = SiteApproval.objects.filter(amendment__study=study)
    for approval in approvals.select_related("amendment", "site__study"):
        if approval.effective_on > today(approval.site):
            continue
        version = approval.consent_version_id or approval.amendment.consent_version_id
        if version is not None:
            asks = approval.amendment.asks == Amendment.Asks.EVERYONE
            in_force.setdefault(approval.site_id, {})[version] = asks
    return in_force


def _texts(
    shown: Iterable[ConsentDocument], *, hidden: frozenset[int], quiet: frozenset[int]
) -> Texts:
    by_language: dict[str, ConsentDocument] = {}
    asking: dict[str, int] = {}
    for text in shown:
        edition = text.version.edition
        if edition in hidden:
            continue
        by_language[text.language] = text
        if edition not in quiet:
            asking[text.language] = max(edition, asking.get(text.language, 0))
    return Texts(by_language, asking)
