"""Every address of the app, collected from its rooms."""

from django.urls import include, path

from inference.change import urls as change
from inference.comparison import urls as comparison
from inference.dashboards import urls as dashboards
from inference.exports import urls as exports
from inference.learning import urls as learning
from inference.packages import urls as packages
from inference.reading import urls as reading
from inference.results import urls as results
from inference.scoring import urls as scoring
from inference.trials import urls as trials

staff = [
    *dashboards.staff,
    *scoring.staff,
    *comparison.staff,
    *reading.staff,
    *change.staff,
    *results.staff,
    *learning.staff,
    *exports.staff,
    *packages.staff,
    *trials.staff,
]
api = [*packages.api, *scoring.api, *exports.api, *reading.api]
urlpatterns = [path("", include((staff, "inference")))]
