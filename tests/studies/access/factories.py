"""People and their roles, with values a coordinator would recognise."""

import factory

from studies.access.models import Membership, User
from tests.factories import Counting
from tests.studies.protocol.factories import StudyFactory

PASSWORD = "a long enough passphrase"


class UserFactory(Counting):
    class Meta:
        model = User
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.LazyAttributeSequence(
        lambda u, n: f"{u.name.split()[0].lower()}{n}@example.org"
    )
    password = factory.django.Password(PASSWORD)


class MembershipFactory(Counting):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    study = factory.SubFactory(StudyFactory)
    site = None
    role = "manager"
