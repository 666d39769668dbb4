"""People and their roles, with values a coordinator would recognise."""

import factory
from factory.django import DjangoModelFactory

from studies.access.models import Membership, User
from tests.studies.protocol.factories import StudyFactory

PASSWORD = "a long enough passphrase"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.LazyAttribute(lambda u: f"{u.name.split()[0].lower()}{id(u)}@example.org")
    password = factory.django.Password(PASSWORD)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    study = factory.SubFactory(StudyFactory)
    site = None
    role = "manager"
