"""Addresses of what came of a reading study."""

from django.urls import path

from inference.results.views import files, results

RESULTS = "studies/<code:study>/readings/<code:reading>/results"

staff = [
    path(f"{RESULTS}/", results.reading_results, name="reading_results"),
    path(f"{RESULTS}.csv", files.results_csv, name="reading_results_csv"),
    path(f"{RESULTS}/<code:scale>/<slug:figure>.svg", files.figure_svg, name="reading_figure_svg"),
    path(f"{RESULTS}/<code:scale>/<slug:figure>.csv", files.figure_csv, name="reading_figure_csv"),
]
