"""The form of a study's people."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from studies.access.models import User
from studies.access.permissions import TITLES, Permission, Role
from studies.protocol.models import Site, Study
from studies.protocol.services import rights


class MailsForm(forms.Form):
    """Which mails somebody wants."""

    query_digests = forms.BooleanField(
        label=_("Tell me by mail when queries wait for me"),
        help_text=_("In the morning, once a day at most, in numbers only."),
        required=False,
    )


class MemberForm(forms.Form):
    """Who gets which role where."""

    email = forms.EmailField(label=_("E-mail"))
    name = forms.CharField(
        max_length=120,
        required=False,
        help_text=_("Needed when the person is new here; they get a mail to set a password."),
    )
    role = forms.ChoiceField(
        choices=[(role.value, TITLES[role].capitalize()) for role in Role], widget=forms.RadioSelect
    )
    site = forms.ModelChoiceField(queryset=Site.objects.none(), required=False)

    def __init__(self, *args: Any, study: Study, user: User, **kw: Any) -> None:
        super().__init__(*args, **kw)
        field = self.fields["site"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - narrows the type
        field.queryset = Site.objects.visible_to(user, Permission.MEMBERS_EDIT).filter(study=study)
        if rights.may(user, Permission.MEMBERS_EDIT, study=study):
            field.empty_label = str(_("All sites"))
        else:
            field.empty_label, field.required = None, True
