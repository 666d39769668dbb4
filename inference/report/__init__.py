"""A package's report as HTML: a fragment for the app's pages, and a page that stands alone."""

from inference.report.page import render_fragment, render_page

__all__ = ["render_fragment", "render_page"]
