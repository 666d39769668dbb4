"""Addresses of model packages."""

from django.urls import path

from inference.packages import views
from inference.packages.api import PackageDetail, PackageList

staff = [
    path("models/", views.packages, name="packages"),
    path("models/register/", views.register, name="register"),
    path("models/<int:pk>/", views.package, name="package"),
    path("models/<int:pk>/report/", views.attach_report, name="report"),
    path("models/<int:pk>/retire/", views.retire, name="retire"),
    path("models/<int:pk>/take-back/", views.take_back, name="take_back"),
]
api = [
    path("packages/", PackageList.as_view(), name="packages"),
    path("packages/<code:sha256>/", PackageDetail.as_view(), name="package"),
]
