"""Every setting of the installation, read from the environment; refuses to start wrong.

Each variable may also be given as `NAME_FILE`, a file that holds the value. The table of all
variables with their defaults is `docs/reference/settings.md`.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environ import FileAwareEnv
from whitenoise.compress import Compressor

from kpitrack.embedded import discovery

BASE_DIR = Path(__file__).resolve().parent.parent
env = FileAwareEnv()

# --- Where things live -----------------------------------------------------------------------

KPITRACK_HOME = Path(env.str("KPITRACK_HOME", default=str(BASE_DIR / ".kpitrack"))).absolute()
VERSION = "0.1.0"

# --- Security --------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or discovery.secret_key(KPITRACK_HOME)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("HTTPS", default=False)
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_NAME = "kpitrack_session"
CSRF_COOKIE_NAME = "kpitrack_csrf"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
WEB_THREADS = env.int("WEB_THREADS", default=8)
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024

# --- Applications ----------------------------------------------------------------------------

INSTALLED_APPS = [
    "kpitrack",
    "dashboards",
    "reviews",
    "notifications",
    "verdicts",
    "measurements",
    "indicators",
    "teams",
    "web",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
]

MIDDLEWARE = [
    "kpitrack.middleware.request_id",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "kpitrack.middleware.headers",
    "kpitrack.middleware.readable_input",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "kpitrack.middleware.Slashes",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "kpitrack.local_time.local_time",
]

# The toolbar is one of the tools to test with: `make run` does not install it.
TOOLBAR = DEBUG and find_spec("debug_toolbar") is not None
if TOOLBAR:
    INSTALLED_APPS.append("debug_toolbar")
    place = MIDDLEWARE.index("django.middleware.gzip.GZipMiddleware") + 1
    MIDDLEWARE.insert(place, "debug_toolbar.middleware.DebugToolbarMiddleware")
    INTERNAL_IPS = ["127.0.0.1", "::1"]

ROOT_URLCONF = "kpitrack.urls"
WSGI_APPLICATION = "kpitrack.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboards.frame.frame",
            ],
        },
    }
]

# --- Data ------------------------------------------------------------------------------------

DATABASES: dict[str, Any] = {
    "default": env.db_url_config(
        env.str("DATABASE_URL", default="") or discovery.database_url(KPITRACK_HOME)
    )
}
DATABASES["default"] |= {
    "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=600),
    "CONN_HEALTH_CHECKS": True,
    # for a pooler that gives each transaction another connection
    "DISABLE_SERVER_SIDE_CURSORS": env.bool("DISABLE_SERVER_SIDE_CURSORS", default=False),
    "ATOMIC_REQUESTS": False,
}
# seconds that a request waits for a database that does not answer
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
REDIS_URL = env.str("REDIS_URL", default="") or discovery.redis_url(KPITRACK_HOME)
CACHES = {
    "default": {
        "BACKEND": "kpitrack.cache.SharedCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "kpitrack:cache",
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People ----------------------------------------------------------------------------------

AUTH_USER_MODEL = "teams.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in [
        ("UserAttributeSimilarityValidator", {"user_attributes": ("email", "name")}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    ]
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "teams.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# A person has one address: the one an administrator set, until they enter the code that was sent
# to another one. Nothing is stored for an address before that.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_FORMS = {"add_email": "teams.forms.ChangeAddressForm"}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
# The key is the account as tried from one address, so that no stranger locks somebody out.
# One-time links are counted by address, so that nobody tries many; an office may open its mail.
ACCOUNT_RATE_LIMITS = {"login_failed": "20/5m/ip,8/5m/key", "entry_link": "60/m/ip"}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0)

# --- Language, time, static files ------------------------------------------------------------

LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(KPITRACK_HOME / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "kpitrack.assets.VendorFinder",
    "kpitrack.bundle.BundleFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "map"]
MEDIA_ROOT = KPITRACK_HOME / "media"

# --- REST ------------------------------------------------------------------------------------

API_RATE = env.str("API_RATE", default="")  # such as 600/min; unset: as often as they like
if API_RATE and not re.fullmatch(r"[1-9][0-9]{0,8}/(s|sec|min|m|h|hour|d|day)", API_RATE):
    raise ImproperlyConfigured(f"API_RATE is a number a time such as 600/min, not {API_RATE!r}.")
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "teams.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["kpitrack.api.DeclaredPolicy"],
    "DEFAULT_RENDERER_CLASSES": ["web.api.rendering.ExactJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["kpitrack.api.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "kpitrack.api.Negotiation",
    "DEFAULT_PAGINATION_CLASS": "kpitrack.api.CursorPagination",
    "DEFAULT_SCHEMA_CLASS": "web.api.schema.DeclaredSchema",
    "DEFAULT_THROTTLE_CLASSES": ["kpitrack.throttles.CallerRate"],
    "EXCEPTION_HANDLER": "kpitrack.api.problem_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "COERCE_DECIMAL_TO_STRING": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "KPItrack",
    "DESCRIPTION": "Define, measure, judge and review key indicators.",
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.0",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "web.api.schema.write_null",
        "web.api.schema.declare_pages",
        "web.api.schema.complete_refusals",
        "web.api.examples.complete_examples",
    ],
    "ENUM_NAME_OVERRIDES": {
        "PeriodEnum": "indicators.models.Indicator.Period",
        "CadenceEnum": "indicators.models.Indicator.Cadence",
        "PlanCadenceEnum": "reviews.models.ReviewPlan.Cadence",
        "TargetShapeKindEnum": "indicators.models.Target.Kind",
        "ItemShapeSignalEnum": "verdicts.models.Verdict.Signal",
    },
}

# --- Mail ------------------------------------------------------------------------------------

_mail = env.str("EMAIL_URL", default="")
if _mail:
    vars().update(env.email_url_config(_mail))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = KPITRACK_HOME / "mail"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str(
    "DEFAULT_FROM_EMAIL", default="KPItrack <kpitrack@localhost>"
)
BASE_URL = env.str(
    "BASE_URL",
    default=f"http://{env.str('HOST', default='127.0.0.1')}:{env.str('PORT', default='8000')}",
).rstrip("/")

# --- Logging ---------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "kpitrack.middleware.RequestIdFilter"},
        "redaction": {"()": "kpitrack.redaction.Redaction"},
        "outages": {"()": "kpitrack.failures.OutagesInOneLine"},
    },
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"}
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["request_id", "outages", "redaction"],
        }
    },
    "loggers": {
        "kpitrack.access": {"level": "INFO" if env.bool("ACCESS_LOG", default=False) else "ERROR"},
        "waitress.queue": {"level": "ERROR"},  # that requests wait for a thread is no news
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
