"""Every setting, read from the environment, safe when nothing is set.

``GSH_ENV`` is ``production`` unless told otherwise. ``demo`` and ``test`` relax what a laptop
needs relaxed (a made-up secret key, plain HTTP, no enforced second factor) and nothing else;
``tools`` is for commands that touch neither people nor database (``manage.py``) and keeps nothing.
One variable each chooses the database, the broker and the storage:

* ``DATABASE_URL``: SQLite under ``var/`` when unset, else ``postgres://…``
* ``REDIS_URL``: the in-memory broker when unset, else ``redis://…``
* ``STORAGE_URL``: ``var/files`` when unset, else ``file:///…`` or ``s3://bucket?endpoint=…``
* ``BACKUP_URL``: no backups when unset, else as above
* ``AUDIT_ANCHOR_URL``: ``var/anchors`` or beside the bucket's files when unset, else as above
"""

import tomllib
from datetime import timedelta
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config.api_settings import REST_FRAMEWORK as REST_FRAMEWORK
from config.api_settings import SPECTACULAR_SETTINGS as SPECTACULAR_SETTINGS
from config.environment import read_environment
from config.logging import logging_settings
from config.secrets import development_secret
from config.stores import anchors, backups, caches, databases, former_files, private_files
from config.wanted import missing

# Lets forms and views name the model they are about, as ForeignKey and QuerySet do.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
env = read_environment()

GSH_ENV = env.str("GSH_ENV", default="production")
if GSH_ENV not in {"production", "demo", "test", "tools"}:
    raise ImproperlyConfigured("GSH_ENV is production, demo or test.")
PRODUCTION = GSH_ENV == "production"
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))

# --- Secrets ---------------------------------------------------------------------------------
# Production must bring its own; the demo and the tests keep theirs in var/.
if PRODUCTION:
    if _absent := missing(lambda name: env.str(name, default="")):
        raise ImproperlyConfigured(_absent)
    SECRET_KEY = env.str("SECRET_KEY")
    IDENTITY_KEYS = env.list("IDENTITY_KEYS")
elif GSH_ENV == "tools":
    SECRET_KEY, IDENTITY_KEYS = token_urlsafe(50), [token_urlsafe(50)]
else:
    SECRET_KEY = env.str("SECRET_KEY", default="") or development_secret(VAR_DIR, "secret_key")
    IDENTITY_KEYS = env.list("IDENTITY_KEYS", default=[]) or [
        development_secret(VAR_DIR, "identity_key")
    ]
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

DEBUG = env.bool("DEBUG", default=False)
if DEBUG and PRODUCTION:
    raise ImproperlyConfigured("DEBUG is refused in production.")
ALLOWED_HOSTS: list[str] = env.list(
    "ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "testserver"]
)
if PRODUCTION and "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("A wildcard in ALLOWED_HOSTS is refused in production.")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env.str("SITE_URL", default="" if PRODUCTION else "http://127.0.0.1:8000")
if PRODUCTION and not SITE_URL.startswith("https://"):
    raise ImproperlyConfigured("SITE_URL is the https:// address that links in mails lead to.")

# --- Apps ------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "drf_spectacular",
    "rest_framework",
    "studies",
    "participants",
    "inference",
]

MIDDLEWARE = [
    "studies.platform.middleware.ApiProblemMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "studies.platform.middleware.NoStoreMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.health.HealthMiddleware",
    "config.serving.ServingMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "participants.people.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "studies.platform.middleware.RefusalMiddleware",
    "studies.members.sessions.StaffSessionMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "studies.platform.context_processors.shell",
            ],
            "libraries": {
                "words": "studies.words.tags",
                "amendments": "studies.amendments.tags",
                "languages": "participants.people.tags",
                "consent_standing": "participants.consent.tags",
                "messages_log": "participants.messaging.tags",
                "data_requests": "participants.privacy.tags",
                "photo_review": "participants.review.tags",
                "monitoring": "participants.monitoring.tags",
                "photo_notes": "participants.photo_notes.tags",
                "queries": "participants.queries.tags",
                "change_words": "inference.change.tags",
                "inference_words": "inference.scoring.tags",
                "trials": "inference.trials.tags",
                "reading": "inference.reading.tags",
                "results": "inference.results.tags",
            },
        },
    },
]

# --- Database --------------------------------------------------------------------------------
DATABASES = databases(env, GSH_ENV, VAR_DIR)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Broker and durable work -----------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = env.int("WORKER_MAX_TASKS_PER_CHILD", default=500)
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a Redis that is away for a day comes back, too
CELERY_TASK_TIME_LIMIT = env.int("WORK_TIME_LIMIT_SECONDS", default=300)
CELERY_TASK_SOFT_TIME_LIMIT = max(1, CELERY_TASK_TIME_LIMIT - 20)
CELERY_TASK_PUBLISH_RETRY = False  # the row is the promise; the sweep notifies again
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, float] = (
    {"socket_timeout": 5, "socket_connect_timeout": 2}
    if REDIS_URL
    # By itself it looks once a second and takes one message each time.
    else {"polling_interval": 0.02}
)
WORK_SWEEP_SECONDS = env.float("WORK_SWEEP_SECONDS", default=2.0 if REDIS_URL else 0.2)
WORK_NOTIFY_AGAIN_SECONDS = env.float("WORK_NOTIFY_AGAIN_SECONDS", default=30.0)
WORK_LEASE_SECONDS = env.float("WORK_LEASE_SECONDS", default=120.0)
WORK_MAX_ATTEMPTS = 5
WORK_BACKOFF_SECONDS = env.float("WORK_BACKOFF_SECONDS", default=5.0)

# --- Files -----------------------------------------------------------------------------------
PRIVATE_ROOT, _private = private_files(env, VAR_DIR)
# Where unfinished uploads wait. Needs to be shared between web hosts when there are several.
UPLOAD_ROOT = Path(env.str("UPLOAD_ROOT", default=str(VAR_DIR / "uploads")))
# Where the machine's fonts lie: for names in scripts that the shipped fonts do not draw.
FONT_DIRS = env.list("FONT_DIRS", default=["/usr/share/fonts", "/usr/local/share/fonts"])
# nginx serves the bytes after Django has checked the right (X-Accel-Redirect); empty: Django does.
ACCEL_REDIRECT_PREFIX = env.str("ACCEL_REDIRECT_PREFIX", default="")
# A time-stamping authority that signs each anchor of the audit trail (RFC 3161), and its roots.
AUDIT_TIMESTAMP_URL = env.str("AUDIT_TIMESTAMP_URL", default="")
AUDIT_TIMESTAMP_CERTIFICATE = env.str("AUDIT_TIMESTAMP_CERTIFICATE", default="")
# Backups go to BACKUP_URL, encrypted for these age public keys, and are kept for so many days.
BACKUP_URL_SHOWN = env.str("BACKUP_URL", default="").partition("?")[0]
BACKUP_RECIPIENTS = env.list("BACKUP_RECIPIENTS", default=[])
BACKUP_KEEP_DAYS = env.int("BACKUP_KEEP_DAYS", default=35)
BACKUP_HOUR = env.int("BACKUP_HOUR", default=1)  # UTC
# So many stored files are compared with their hashes each night; 0: none.
VERIFY_FILES_A_NIGHT = env.int("VERIFY_FILES_A_NIGHT", default=20_000)
VERIFY_HOUR = env.int("VERIFY_HOUR", default=3)  # UTC
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=40 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024

STORAGES = {
    "default": _private,
    "private": _private,
    "anchors": anchors(env, VAR_DIR),
    **backups(env),
    **former_files(),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if GSH_ENV == "test"
        else "config.staticfiles.HashedStaticFilesStorage",
    },
}
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
_modules = BASE_DIR / "node_modules"
STATICFILES_DIRS: list[Any] = [
    BASE_DIR / "static",
    ("lib/htmx", _modules / "htmx.org/dist"),
    ("lib/chart", _modules / "chart.js/dist"),
    ("lib/idb", _modules / "idb/build"),
    ("lib/face_mesh", _modules / "@mediapipe/face_mesh"),
    ("lib/openseadragon", _modules / "openseadragon/build/openseadragon"),
    ("lib/signature_pad", _modules / "signature_pad/dist"),
    ("lib/inter", _modules / "@fontsource-variable/inter"),
]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "participants.capture.finders.PlainEngineFinder",
    "participants.answers.finders.FormEngineFinder",
]
# Tests look static files up one by one instead of reading them all at every start.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = GSH_ENV == "test"

# --- People ----------------------------------------------------------------------------------
AUTH_USER_MODEL = "studies.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "studies:home"
ACCOUNT_ADAPTER = "studies.members.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # people are added by a study's manager, never by themselves
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to addresses that have no account
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Global Skin Health: "
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reset_password": "20/m/ip,5/m/key",
    "reauthenticate": "10/m/user",
}
# Limits per address see the person, not the proxy: how many proxies stand before this server.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int(
    "TRUSTED_PROXY_COUNT", default=1 if env.bool("BEHIND_PROXY", default=False) else 0
)
# Addresses are entered by a study's manager, or by whoever runs the server, and the first password
# is set by a link sent there. Nobody signs up with somebody else's, which allauth guards against by
# keeping people from a second factor until they have proved an address on a page we do not have.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_ADAPTER = "studies.members.adapters.MfaAdapter"
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # a code stays good for half a minute after it was shown
MFA_TOTP_ISSUER = "Global Skin Health"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
# A second factor is required of staff everywhere but in the demo and in tests that say otherwise.
MFA_REQUIRED = env.bool("MFA_REQUIRED", default=PRODUCTION)
STAFF_IDLE_SECONDS = env.int("STAFF_IDLE_SECONDS", default=30 * 60)
STAFF_SESSION_SECONDS = env.int("STAFF_SESSION_SECONDS", default=8 * 3600)
# A photo taken in time on a phone without a connection may arrive this long after its visit closed.
LATE_ARRIVAL_HOURS = env.int("LATE_ARRIVAL_HOURS", default=72)
INVITATION_LIFETIME = timedelta(days=env.int("INVITATION_DAYS", default=120))
# How long a participant may take back their wish to have everything erased.
ERASURE_GRACE = timedelta(days=env.int("ERASURE_GRACE_DAYS", default=7))

# Mails carry links that set passwords: never into a log unless somebody asks for it.
_mail = env.str("EMAIL_URL", default="" if PRODUCTION else "consolemail://")
EMAIL_CONFIG = env.email_url_config(_mail)
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="studies@localhost")

# Messages to participants, besides e-mail; manage.py check tells what is wrong with these.
# A P-256 key, 32 bytes in base64url (manage.py make_vapid_key); without one there is no Web Push.
VAPID_PRIVATE_KEY = env.str("VAPID_PRIVATE_KEY", default="") or (
    development_secret(VAR_DIR, "vapid_key").rstrip("=") if GSH_ENV in {"demo", "test"} else ""
)
VAPID_SUBJECT = env.str("VAPID_SUBJECT", default=f"mailto:{DEFAULT_FROM_EMAIL}")
PUSH_HOSTS = env.list("PUSH_HOSTS", default=[])  # push services besides the browsers' known ones
SMS_URL = env.str("SMS_URL", default="" if PRODUCTION else "console://")  # twilio://… or console://
# Servers that tests start on this machine, as http://127.0.0.1:port; refused everywhere else.
OUTSIDE_TEST_ORIGINS = env.list("OUTSIDE_TEST_ORIGINS", default=[])
if OUTSIDE_TEST_ORIGINS and GSH_ENV != "test":
    raise ImproperlyConfigured("OUTSIDE_TEST_ORIGINS is for tests only.")
MESSAGE_LINK_DAYS = env.int("MESSAGE_LINK_DAYS", default=14)

# --- Browser security ------------------------------------------------------------------------
_https = PRODUCTION
SECURE_SSL_REDIRECT = _https and env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # load balancers ask by address, without TLS
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
)
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000) if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https and env.bool("HSTS_SUBDOMAINS", default=True)
SECURE_HSTS_PRELOAD = SECURE_HSTS_INCLUDE_SUBDOMAINS and SECURE_HSTS_SECONDS >= 31_536_000
# Under "no-referrer" browsers send "Origin: null" with every form, which the CSRF check refuses
# (tried in Chromium). "strict-origin" never sends a path either, so no link's token leaves a page.
SECURE_REFERRER_POLICY = "strict-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_NAME = "__Host-session" if _https else "session"
SESSION_ENGINE = "participants.people.sessions"
MESSAGE_STORAGE = "participants.people.sessions.Messages"
CSRF_COOKIE_NAME = "__Host-csrf" if _https else "csrf"
CSRF_COOKIE_HTTPONLY = False  # htmx and tus send it back as a header
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "participants.people.views.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "blob:", "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- The rest --------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("zh-hans", "简体中文"),
    ("ms", "Bahasa Melayu"),
    ("ta", "தமிழ்"),
    ("id", "Bahasa Indonesia"),
    ("th", "ไทย"),
    ("vi", "Tiếng Việt"),
]
USE_I18N = True
# Participants' words only: staff's pages are in English.
LOCALE_PATHS = [BASE_DIR / "participants" / "words" / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"
CACHES = caches(REDIS_URL)
DJANGO_TABLES2_TEMPLATE = "components/table.html"
SHIPPED_MODEL_PACKAGE = Path(
    env.str(
        "SHIPPED_MODEL_PACKAGE",
        default=str(BASE_DIR / "inference" / "packages" / "gsh-demonstrator.onnx"),
    )
)
# How networks are run; manage.py check tells what is wrong with them (inference/scoring/checks.py).
INFERENCE_PRECISION = env.str("INFERENCE_PRECISION", default="auto")  # auto, float32, int8
INFERENCE_PROVIDERS = env.list("INFERENCE_PROVIDERS", default=["auto"])  # cuda, openvino, cpu
INFERENCE_THREADS = env.int("INFERENCE_THREADS", default=0)  # 0: cores / the worker's processes
# Given two folders, what to train on and where to leave the package; empty: no host trains.
TRAINER_COMMAND = env.str("TRAINER_COMMAND", default="")
FACE_ASSETS = _modules / "@mediapipe" / "face_mesh"
FORM_ENGINE = _modules / "@getodk" / "xforms-engine" / "dist"
LOGGING = logging_settings(env.str("LOG_LEVEL", default="INFO"))
