"""All settings, read from the environment. Each variable is described in `.env.example`.

What is missing or contradictory stops the start with a sentence that says how to mend it.
"""

import ipaddress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from clicdocteur import sealing, server_secret

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()
environ.Env.read_env(BASE_DIR / ".env")

# --- Where it runs -------------------------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
# The staff's pages say that the people are invented.
DEMO = env.bool("DEMO", default=False)
SITE_URL = env.str("SITE_URL", default="http://localhost:8000").rstrip("/")
_site = urlsplit(SITE_URL)


def is_loopback(host: str) -> bool:
    """Say whether a host name or address is this machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


if _site.scheme not in ("http", "https") or not _site.hostname or _site.path:
    raise ImproperlyConfigured("SITE_URL must be like https://rdv.example.org, without a path.")
HTTPS = _site.scheme == "https"
if not HTTPS and not is_loopback(_site.hostname):
    raise ImproperlyConfigured("SITE_URL must be https:// (plain http is served on loopback only).")

ALLOWED_HOSTS = [_site.hostname]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
# How many reverse proxies of ours stand in front: their entries in X-Forwarded-For are believed, and no others.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
if HTTPS and TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- Secrets -------------------------------------------------------------------------------------------------------

SECRET_FILE = server_secret.path_from_environment().absolute()
try:
    SERVER_SECRETS = server_secret.read(SECRET_FILE)
except server_secret.SecretUnusable as unusable:
    raise ImproperlyConfigured(str(unusable)) from None
SECRET_KEY = sealing.derive(SERVER_SECRETS[0], "django").hex()
SECRET_KEY_FALLBACKS = [sealing.derive(secret, "django").hex() for secret in SERVER_SECRETS[1:]]
# What a password costs to try: Argon2id memory in KiB and passes (tests use a small cost).
PASSWORD_COST = sealing.DEFAULT_COST

# --- Two stores ----------------------------------------------------------------------------------------------------

SQLITE = "django.db.backends.sqlite3"
_agenda_pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
# A page holds one record whole; page_size counts only before the first table is made.
_patients_pragmas = (
    "PRAGMA page_size=16384; PRAGMA journal_mode=TRUNCATE; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
)


# How long a thread keeps a connection, in seconds; and whether a pooler in transaction mode stands before PostgreSQL.
DATABASE_KEEP_SECONDS = env.int("DATABASE_KEEP_SECONDS", default=600)
DATABASE_POOLER = env.bool("DATABASE_POOLER", default=False)


def store(variable: str, file: str, pragmas: str, *, pooled: bool = DATABASE_POOLER) -> dict[str, Any]:
    """Return the Django database settings for one store from its URL."""
    found: dict[str, Any] = env.db_url(variable, default=f"sqlite:///{Path('var').resolve() / file}")
    found["CONN_MAX_AGE"] = DATABASE_KEEP_SECONDS
    found["CONN_HEALTH_CHECKS"] = True
    if found["ENGINE"] == SQLITE:
        # IMMEDIATE: a transaction that will write takes the write lock at its start, so nobody reads and then waits.
        found["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 10, "init_command": pragmas}
        name = Path(str(found["NAME"]))
        # In-memory stores would make every race test pass falsely.
        found["TEST"] = {"NAME": str(name.with_name(f"test-{name.name}"))}
    elif pooled:
        # Each transaction may be another session: nothing lasts beyond one, and the limits below are the role's
        # (deploy/postgres/store/roles.sql), since poolers refuse them at the start of a session.
        found["DISABLE_SERVER_SIDE_CURSORS"] = True
    else:
        # Nobody waits for a lock longer than this; the loser is told.
        limits = "-c lock_timeout=5000 -c statement_timeout=20000"
        found["OPTIONS"] = {**found.get("OPTIONS", {}), "options": limits}
    return found


DATABASES = {
    "default": store("AGENDA_DATABASE_URL", "agenda.sqlite3", _agenda_pragmas),
    "patients": store("PATIENTS_DATABASE_URL", "patients.sqlite3", _patients_pragmas),
}


def place(one: dict[str, Any]) -> tuple[str, ...]:
    """Return where a store lies, however it is spelt: another path, a symbolic link, a default port, another role."""
    if one["ENGINE"] == SQLITE:
        return (str(Path(one["NAME"]).resolve()),)
    return one.get("HOST") or one["OPTIONS"].get("host", ""), str(one.get("PORT") or 5432), one["NAME"]


if place(DATABASES["default"]) == place(DATABASES["patients"]):
    raise ImproperlyConfigured("AGENDA_DATABASE_URL and PATIENTS_DATABASE_URL must be two different databases.")
# Where `manage.py backup` puts pairs of archives, and where the list of what was erased lies beside them.
BACKUP_FOLDER = Path(env.str("BACKUP_FOLDER", default="var/backups")).absolute()
DATABASE_ROUTERS = ["clicdocteur.router.TwoStores"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Rooms ---------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "allauth.account",
    "allauth.mfa",
    "practitioners",
    "patients",
    "booking",
    "upkeep",
    "agenda",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "clicdocteur.middleware.LanguageFromAddress",
    "clicdocteur.middleware.WithholdUntilReady",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "agenda.vault.VaultMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "agenda.gate.GateMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "clicdocteur.middleware.CareWithAnswers",
]
ROOT_URLCONF = "clicdocteur.urls"
WSGI_APPLICATION = "clicdocteur.wsgi.application"
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
                "agenda.context.desk",
                "agenda.bar.demo",
            ]
        },
    }
]
SILENCED_SYSTEM_CHECKS: list[str] = []

# --- Staff: sessions and sign-in -----------------------------------------------------------------------------------

AUTH_USER_MODEL = "practitioners.Staff"
AUTHENTICATION_BACKENDS = ["agenda.sign_in.KeyBackend"]
LOGIN_URL = "agenda:sign_in"
LOGIN_REDIRECT_URL = "agenda:day"
# Cookies exist under /agenda/ only, so a patient never carries one; __Host- would force Path=/.
_prefix = "__Secure-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_prefix}session"
CSRF_COOKIE_NAME = f"{_prefix}csrf"
VAULT_COOKIE_NAME = f"{_prefix}key"
ASIDE_COOKIE_NAME = f"{_prefix}aside"
PENDING_COOKIE_NAME = f"{_prefix}pending"
TRUST_COOKIE_NAME = f"{_prefix}trusted"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/agenda/"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_AGE = 14 * 3600
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "booking.views.errors.csrf_failure"

# The second factor is allauth's; sign-in, pages and limits are ours, and none of its addresses is routed.
MFA_ADAPTER = "agenda.second_factor.adapter.Sealed"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# A key that signs in by itself would bring no password, and so no key to any name.
MFA_PASSKEY_LOGIN_ENABLED = MFA_PASSKEY_SIGNUP_ENABLED = MFA_TRUST_ENABLED = False
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODE_DIGITS = 10
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"

# --- Answers -------------------------------------------------------------------------------------------------------

SECURE_HSTS_SECONDS = 63_072_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_SSL_REDIRECT = HTTPS
# To the address itself: the Host header may name another port.
SECURE_SSL_HOST = _site.netloc
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "img-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# Bodies stay in memory: a form is small, and a temp file would hold names.
DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = 262_144
# A practitioner's week is edited as one form: nine fields an opening.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# --- Words and files -----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
# Stored instants are UTC; what is shown is always said in the practice's own zone, explicitly.
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "clicdocteur.static_files.Fingerprinted"},
}
WHITENOISE_USE_FINDERS = DEBUG

# --- Messages ------------------------------------------------------------------------------------------------------

# E-mail is on when a server is named. Only the worker talks to it (`manage.py worker`, `manage.py check_mail`).
EMAIL_HOST = env.str("EMAIL_HOST", default="")
EMAIL_SECURITY = env.str("EMAIL_SECURITY", default="starttls")
EMAIL_PORT = env.int("EMAIL_PORT", default=0) or {"starttls": 587, "tls": 465}.get(EMAIL_SECURITY, 25)
EMAIL_HOST_USER = env.str("EMAIL_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_PASSWORD", default="")
EMAIL_USE_TLS, EMAIL_USE_SSL = EMAIL_SECURITY == "starttls", EMAIL_SECURITY == "tls"
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="")
# Who carries the mail, for the privacy page.
EMAIL_PROVIDER = env.str("EMAIL_PROVIDER", default="")
if EMAIL_SECURITY not in ("starttls", "tls", "none"):
    raise ImproperlyConfigured("EMAIL_SECURITY must be starttls, tls or none.")
if EMAIL_HOST and EMAIL_SECURITY == "none" and not is_loopback(EMAIL_HOST):
    raise ImproperlyConfigured("EMAIL_SECURITY=none is for a mail server on this machine only.")
if EMAIL_HOST and "@" not in DEFAULT_FROM_EMAIL:
    raise ImproperlyConfigured("EMAIL_HOST is set: EMAIL_FROM must be the address that messages come from.")

# SMS are on when the address of a gateway is given.
SMS_URL = env.str("SMS_URL", default="")
SMS_AUTHORIZATION = env.str("SMS_AUTHORIZATION", default="")
SMS_SIGNING_KEY = env.str("SMS_SIGNING_KEY", default="")
SMS_FIELDS = env.list("SMS_FIELDS", default=["to", "text", "from", "reference"])
SMS_SENDER = env.str("SMS_SENDER", default="")
SMS_PER_DAY = env.int("SMS_PER_DAY", default=100)
SMS_PROVIDER = env.str("SMS_PROVIDER", default="")
if SMS_URL:
    _gateway = urlsplit(SMS_URL)
    if not _gateway.hostname or (_gateway.scheme != "https" and not is_loopback(_gateway.hostname)):
        raise ImproperlyConfigured("SMS_URL must be https:// (plain http is for a gateway on this machine only).")
    if not (SMS_AUTHORIZATION or SMS_SIGNING_KEY):
        raise ImproperlyConfigured("SMS_URL is set: SMS_AUTHORIZATION or SMS_SIGNING_KEY must say who we are.")
    if not SMS_PROVIDER:
        raise ImproperlyConfigured("SMS_URL is set: SMS_PROVIDER must name the company, for the privacy page.")
    if len(SMS_FIELDS) != 4:
        raise ImproperlyConfigured("SMS_FIELDS must name four fields: number, text, sender, reference.")

# --- Abuse ---------------------------------------------------------------------------------------------------------

# Whether a device does a little work before a time is held for it: never, while times are taken in numbers, or always.
HOLD_PROOF = env.str("HOLD_PROOF", default="adaptive")
if HOLD_PROOF not in ("off", "adaptive", "always"):
    raise ImproperlyConfigured("HOLD_PROOF must be off, adaptive or always.")

# --- Logs ----------------------------------------------------------------------------------------------------------

# A line for people, or a JSON object for machines.
LOG_FORMAT = env.str("LOG_FORMAT", default="line")
if LOG_FORMAT not in ("line", "json"):
    raise ImproperlyConfigured("LOG_FORMAT must be line or json.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"mask": {"()": "clicdocteur.logs.MaskCapabilities"}},
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
        "json": {"()": "clicdocteur.logs.JsonLines"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["mask"], "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    # Django's own set-up gives these handlers of their own, without the mask, and a mail to the admins.
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
    },
}
LOGGING_CONFIG = "logging.config.dictConfig"
