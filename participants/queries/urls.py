"""Addresses of queries."""

from django.urls import path

from participants.queries import api as queries_api
from participants.queries import views

ALL = "studies/<code:study>/queries/"
ONE = "studies/<code:study>/participants/<code:code>/queries/<int:number>/"

staff = [
    path(ALL, views.queries, name="queries"),
    path("studies/<code:study>/export/queries.csv", views.export, name="queries_file"),
    path(
        "studies/<code:study>/export/queries-codebook.csv",
        views.codebook,
        name="queries_codebook",
    ),
    path(
        "studies/<code:study>/participants/<code:code>/queries/raise/",
        views.raise_query,
        name="query_raise",
    ),
    path(ONE, views.query, name="query"),
    path(f"{ONE}answer/", views.answer, name="query_answer"),
    path(f"{ONE}close/", views.close, name="query_close"),
    path(f"{ONE}reopen/", views.reopen, name="query_reopen"),
]
api = [
    path(ALL, queries_api.QueryList.as_view(), name="queries"),
    path(ONE, queries_api.QueryDetail.as_view(), name="query"),
    path(f"{ONE}answer/", queries_api.QueryAnswer.as_view(), name="query_answer"),
    path(f"{ONE}close/", queries_api.QueryClose.as_view(), name="query_close"),
    path(f"{ONE}reopen/", queries_api.QueryReopen.as_view(), name="query_reopen"),
]
