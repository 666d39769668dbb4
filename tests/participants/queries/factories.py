"""Queries."""

import factory

from participants.queries.models import Query, QueryEntry
from tests.factories import NOW, Counting
from tests.participants.people.factories import ParticipantFactory


class QueryFactory(Counting):
    """About the year of birth, with the entry it was raised with."""

    class Meta:
        model = Query
        skip_postgeneration_save = True

    participant = factory.SubFactory(ParticipantFactory)
    number = factory.Sequence(lambda n: n)
    about = Query.About.DETAIL
    field = "year_of_birth"
    raised_at = NOW

    @factory.post_generation
    def text(self, create: bool, extracted: str | None, **kwargs: object) -> None:
        assert isinstance(self, Query)
        QueryEntry.objects.create(
            query=self,
            number=1,
            act=QueryEntry.Act.RAISED,
            text=extracted or "Is this the year in the file?",
            at=self.raised_at,
            by=self.raised_by,
        )
