"""Queries on the monitoring page: by site, how old, and as far as the person may see."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client

from participants.monitoring.services.sites import site_lines
from participants.queries.models import Query
from studies.access.models import User
from tests.conftest import Team
from tests.factories import NOW
from tests.participants.people.factories import ParticipantFactory
from tests.participants.queries.factories import QueryFactory

pytestmark = pytest.mark.django_db
PAGE = "/studies/MEL-8/monitoring/"


@pytest.fixture
def asked(team: Team) -> None:
    here = ParticipantFactory(study=team.study, site=team.sg01)
    there = ParticipantFactory(study=team.study, site=team.kl01)
    for who, state, days, due in (
        (here, "open", 40, date(2026, 2, 1)),
        (here, "reopened", 3, None),
        (here, "answered", 8, None),
        (here, "closed", 90, None),
        (there, "open", 5, None),
    ):
        row = QueryFactory(
            participant=who, raised_at=NOW - timedelta(days=days), raised_by=team.ewa
        )
        closed = NOW if state == "closed" else None
        Query.objects.filter(pk=row.pk).update(state=state, due_on=due, closed_at=closed)


def test_each_site_has_its_queries_with_their_ages(team: Team, asked: None) -> None:
    kl01, sg01 = (line.queries for line in site_lines(study=team.study, user=team.ewa))
    assert kl01 is not None
    assert sg01 is not None
    assert (sg01.open, sg01.overdue, sg01.answered, sg01.closed) == (2, 1, 1, 1)
    assert (sg01.oldest, sg01.median) == (40, 8)
    assert (kl01.open, kl01.oldest) == (1, 5)


def test_the_page_leads_to_them_and_a_coordinator_sees_their_own_site(
    team: Team, asked: None, as_person: Callable[[User], Client]
) -> None:
    ewa = as_person(team.ewa)
    page = ewa.get(PAGE).content.decode()
    for query, number in (
        ("state=waiting&amp;site=SG01", 2),
        ("state=overdue&amp;site=SG01", 1),
        ("state=answered&amp;site=SG01", 1),
        ("state=waiting&amp;site=KL01", 1),
    ):
        assert f'href="/studies/MEL-8/queries/?{query}">{number}</a>' in page, query
        shown = ewa.get(f"/studies/MEL-8/queries/?{query.replace('&amp;', '&')}")
        assert len(shown.context["lines"]) == number
    own = as_person(team.amina).get(PAGE).content.decode()
    assert "site=SG01" in own
    assert "site=KL01" not in own
