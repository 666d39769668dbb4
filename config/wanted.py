"""What an installation may set: one list that ``init`` and the errors at the start are made from.

Plain Python without Django: it is read before settings can be, and where they cannot.
"""

from collections.abc import Callable
from dataclasses import dataclass

GUIDE = "docs/deployment/README.md"


@dataclass(frozen=True)
class Setting:
    """One variable: its purpose in a sentence, and an example to write into a file.

    ``required`` ones have no default in production; ``secret`` ones are never printed.
    """

    name: str
    purpose: str
    example: str = ""
    required: bool = False
    secret: bool = False


@dataclass(frozen=True)
class Group:
    """Settings that are thought about together."""

    title: str
    settings: tuple[Setting, ...]


WANTED = (
    Group("Keys", (
        Setting("SECRET_KEY", "50 random characters; signs sessions and links in mails",
                required=True, secret=True),
        Setting("SECRET_KEY_FALLBACKS", "old SECRET_KEYs while rotating, comma-separated",
                secret=True),
        Setting("IDENTITY_KEYS", "keys that seal names, contacts and consents; keep a copy where "
                "neither this machine nor its backups are: nothing opens them without it",
                required=True, secret=True),
    )),
    Group("Address", (
        Setting("ALLOWED_HOSTS", "the name people type, without https://", "skin.example.org",
                required=True),
        Setting("SITE_URL", "the same with https://; links in mails lead there",
                "https://skin.example.org", required=True),
        Setting("CSRF_TRUSTED_ORIGINS", "other origins that forms may come from"),
        Setting("BEHIND_PROXY", "true behind nginx, which must set X-Forwarded-Proto and -For",
                "true"),
        Setting("TRUSTED_PROXY_COUNT", "proxies before gunicorn: 1 behind nginx", "1"),
        Setting("FORWARDED_ALLOW_IPS", "the proxy's address", "127.0.0.1"),
        Setting("SECURE_SSL_REDIRECT", "true: plain HTTP is sent on to HTTPS", "true"),
        Setting("HSTS_SECONDS", "how long browsers insist on HTTPS here; 0: they do not",
                "31536000"),
        Setting("HSTS_SUBDOMAINS", "true: for all names below this one, too", "true"),
    )),
    Group("Database, notifications, files", (
        Setting("DATABASE_URL", "unset: SQLite in VAR_DIR",
                "postgres://gsh:password@127.0.0.1/gsh", secret=True),
        Setting("CONN_MAX_AGE", "seconds that a connection to PostgreSQL is kept", "60"),
        Setting("REDIS_URL", "unset: each worker's own sweep; more than one web process needs it",
                "redis://127.0.0.1:6379/0", secret=True),
        Setting("VAR_DIR", "SQLite, static files, copies of model packages", "/var/lib/gsh"),
        Setting("STORAGE_URL", "private files; unset: files/ in VAR_DIR",
                "s3://bucket/prefix?endpoint=https://s3.example.org&region=eu-1"),
        Setting("STORAGE_ACCESS_KEY", "of the bucket", secret=True),
        Setting("STORAGE_SECRET_KEY", "of the bucket", secret=True),
        Setting("UPLOAD_ROOT", "where unfinished uploads wait; shared by all hosts",
                "/var/lib/gsh/uploads"),
        Setting("UPLOAD_MAX_BYTES", "largest photo", "41943040"),
        Setting("ACCEL_REDIRECT_PREFIX", "/_private where nginx sends local files", "/_private"),
        Setting("FONT_DIRS", "where the machine's fonts lie", "/usr/share/fonts"),
    )),
    Group("Mail and messages", (
        Setting("EMAIL_URL", "mail server; people set their passwords by mail",
                "smtp+tls://user:password@mail.example.org:587", required=True, secret=True),
        Setting("DEFAULT_FROM_EMAIL", "who mails come from", "studies@skin.example.org"),
        Setting("VAPID_PRIVATE_KEY", "notifications on phones; manage.py make_vapid_key prints one",
                secret=True),
        Setting("VAPID_SUBJECT", "where push services write to", "mailto:it@example.org"),
        Setting("PUSH_HOSTS", "push services besides the browsers' own"),
        Setting("SMS_URL", "text messages by Twilio; unset: none",
                "twilio://SID:TOKEN@api.twilio.com?from=%2B6531234567", secret=True),
        Setting("MESSAGE_LINK_DAYS", "how long links in messages work", "14"),
    )),
    Group("Backups and the record", (
        Setting("BACKUP_URL", "where nightly backups go; unset: none are made",
                "file:///mnt/backups"),
        Setting("BACKUP_RECIPIENTS", "public keys; manage.py make_backup_key prints one", "age1…"),
        Setting("BACKUP_ACCESS_KEY", "of the bucket of BACKUP_URL", secret=True),
        Setting("BACKUP_SECRET_KEY", "of the bucket of BACKUP_URL", secret=True),
        Setting("BACKUP_KEEP_DAYS", "how long a backup is kept", "35"),
        Setting("BACKUP_HOUR", "hour (UTC) of the nightly backup", "1"),
        Setting("VERIFY_FILES_A_NIGHT", "stored files compared with their hashes; 0: none",
                "20000"),
        Setting("VERIFY_HOUR", "hour (UTC) of that", "3"),
        Setting("AUDIT_ANCHOR_URL", "where the audit trail is anchored", "file:///mnt/elsewhere"),
        Setting("AUDIT_TIMESTAMP_URL", "a time-stamping authority (RFC 3161)"),
        Setting("AUDIT_TIMESTAMP_CERTIFICATE", "PEM file of its roots"),
    )),
    Group("Rules of the house", (
        Setting("MFA_REQUIRED", "staff need a second factor", "true"),
        Setting("STAFF_IDLE_SECONDS", "signed out after so long without a page", "1800"),
        Setting("STAFF_SESSION_SECONDS", "signed out after so long in any case", "28800"),
        Setting("LATE_ARRIVAL_HOURS", "how late a photo taken in time may arrive", "72"),
        Setting("INVITATION_DAYS", "how long a participant's link works", "120"),
        Setting("ERASURE_GRACE_DAYS", "how long an erasure may be taken back", "7"),
        Setting("API_RATE", "requests by API for each person", "600/min"),
    )),
    Group("Processes", (
        Setting("GSH_ENV", "production unless told otherwise", "production"),
        Setting("DEBUG", "refused in production", "false"),
        Setting("BIND", "where gunicorn listens", "127.0.0.1:8000"),
        Setting("WEB_WORKERS", "processes of gunicorn; more than one needs REDIS_URL", "1"),
        Setting("WEB_THREADS", "threads of each", "8"),
        Setting("CERTFILE", "HTTPS by gunicorn itself, for a demonstration"),
        Setting("KEYFILE", "key of CERTFILE"),
        Setting("LOG_LEVEL", "how much is logged", "INFO"),
        Setting("WORKER_MAX_TASKS_PER_CHILD", "a worker's process is renewed after so many", "500"),
        Setting("WORK_TIME_LIMIT_SECONDS", "longest single piece of work", "300"),
        Setting("WORK_SWEEP_SECONDS", "how often due work is looked for", "2.0"),
        Setting("WORK_NOTIFY_AGAIN_SECONDS", "when it is notified of again", "30"),
        Setting("TRAINER_COMMAND", "what trains on readings, on the host that can (web and workers "
                "name the same); unset: none does"),
        Setting("WORK_LEASE_SECONDS", "how long a worker that died holds its work", "120"),
        Setting("WORK_BACKOFF_SECONDS", "pause before the first new try", "5"),
        Setting("SHIPPED_MODEL_PACKAGE", "the demonstrator's file"),
        Setting("INFERENCE_PRECISION", "auto, float32 or int8", "auto"),
        Setting("INFERENCE_PROVIDERS", "auto, or of cuda, openvino, cpu", "auto"),
        Setting("INFERENCE_THREADS", "threads of one prediction; 0: a share of the cores", "0"),
    )),
)  # fmt: skip

REQUIRED = tuple(setting for group in WANTED for setting in group.settings if setting.required)


def missing(read: Callable[[str], str]) -> str:
    """What production cannot start without, in one message; empty where nothing is missing.

    ``read`` gives the value of a variable, or the empty string.
    """
    absent = [setting for setting in REQUIRED if not read(setting.name).strip()]
    if not absent:
        return ""
    width = max(len(setting.name) for setting in absent)
    lines = [f"  {setting.name:<{width}}  is empty: {setting.purpose}" for setting in absent]
    way_out = (
        f"manage.py init writes a file with fresh keys ({GUIDE} tells the rest); "
        "to act on what make demo made, set GSH_ENV=demo."
    )
    heading = "An installation brings its own settings, and these are missing:"
    return "\n".join([heading, *lines, way_out])
