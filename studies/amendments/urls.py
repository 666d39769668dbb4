"""Addresses of amendments."""

from django.urls import path

from studies.amendments.views import approving, drafting, pages

ALL = "studies/<code:study>/protocol/amendments/"
ONE = f"{ALL}<int:number>/"

staff = [
    path(ALL, pages.listing, name="amendments"),
    path(f"{ALL}add/", drafting.add, name="amendment_add"),
    path(ONE, pages.show, name="amendment"),
    path(f"{ONE}edit/", drafting.edit, name="amendment_edit"),
    path(f"{ONE}conditions/", drafting.conditions, name="amendment_conditions"),
    path(f"{ONE}submit/", drafting.submit, name="amendment_submit"),
    path(f"{ONE}reopen/", drafting.reopen, name="amendment_reopen"),
    path(f"{ONE}discard/", drafting.discard, name="amendment_discard"),
    path(f"{ONE}hold-consent/", drafting.hold_consent, name="amendment_hold_consent"),
    path(f"{ONE}targets/<code:code>/", drafting.target, name="amendment_target"),
    path(f"{ONE}sites/<code:code>/", approving.approve, name="amendment_approve"),
    path(f"{ONE}sites/<code:code>/remove/", approving.remove, name="amendment_remove_approval"),
    path(f"{ONE}<code:part>/add/", drafting.add_part, name="amendment_part_add"),
    path(f"{ONE}<code:part>/<code:code>/", drafting.edit_part, name="amendment_part"),
    path(f"{ONE}<code:part>/<code:code>/drop/", drafting.drop_part, name="amendment_drop"),
    path(f"{ONE}<code:part>/<code:code>/keep/", drafting.keep_part, name="amendment_keep"),
]
