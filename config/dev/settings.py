"""The demo's settings with Django's debug pages and toolbar, and files read as they are now.

Nothing else names ``debug_toolbar``: it is no dependency of the product.
"""

from django.core.exceptions import ImproperlyConfigured

from config.settings import *  # noqa: F403
from config.settings import (
    GSH_ENV,
    INSTALLED_APPS,
    LOGGING,
    MIDDLEWARE,
    STORAGES,
    env,
)

if GSH_ENV != "demo":
    raise ImproperlyConfigured("config.dev.settings is for make dev (GSH_ENV=demo).")

DEBUG = True
ROOT_URLCONF = "config.dev.urls"
INTERNAL_IPS = ["127.0.0.1"]
DEBUG_TOOLBAR_CONFIG = {"SHOW_COLLAPSED": True}

# The toolbar's scripts and styles are files of this site: the policy for pages stays as it is. It
# comes after the policy's middleware, which hands it a nonce.
INSTALLED_APPS = [*INSTALLED_APPS, "debug_toolbar"]
_after = MIDDLEWARE.index("csp.middleware.CSPMiddleware") + 1
MIDDLEWARE = [
    *MIDDLEWARE[:_after],
    "debug_toolbar.middleware.DebugToolbarMiddleware",
    *MIDDLEWARE[_after:],
]

# Static files as they lie in the folders, under their own names.
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True

if env.bool("SQL_LOG", default=False):
    LOGGING["loggers"]["django.db.backends"] = {
        "handlers": ["console"],
        "level": "DEBUG",
        "propagate": False,
    }
