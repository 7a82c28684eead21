"""All settings of the service; the environment alone makes the difference between two installations.

Without any variable this is the *embedded* profile: SQLite, a broker in the file system, everything under ``DATA_DIR``.
``DATABASE_URL`` and ``CELERY_BROKER_URL`` together give the *production* profile: MySQL or MariaDB, and Redis.
"""

from __future__ import annotations

import warnings
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from kombu import Queue

from config import env, sidebar

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "var"))).absolute()
DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)

DATABASE_URL = env.text("DATABASE_URL")
BROKER_URL = env.text("CELERY_BROKER_URL") or env.text("REDIS_URL")
PRODUCTION = bool(DATABASE_URL)

# --- security ---------------------------------------------------------------------------------------------------

DEBUG = env.flag("DEBUG")
SECRET_KEY = env.text("SECRET_KEY")
if not SECRET_KEY:
    if PRODUCTION:
        raise ImproperlyConfigured("SECRET_KEY (or SECRET_KEY_FILE) must be set where DATABASE_URL is.")
    SECRET_KEY = env.kept_secret(DATA_DIR / "secret_key")

# The machine itself always gets an answer: health checks of containers ask on localhost.
ALLOWED_HOSTS = [*env.words("ALLOWED_HOSTS"), "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

# HTTPS=1: the service stands behind a proxy that ends TLS and sets X-Forwarded-Proto.
HTTPS = env.flag("HTTPS")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = env.whole("SECURE_HSTS_SECONDS", 0)
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# --- applications -----------------------------------------------------------------------------------------------

PROJECT_APPS = ("core", "accounts", "operations", "inventory", "planning", "checklists", "runbooks")
INSTALLED_APPS = [
    "apps.core",  # before the look of the admin, of which it replaces a template
    "unfold",  # before the admin, whose templates it replaces
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "knox",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    *(f"apps.{name}" for name in PROJECT_APPS[1:]),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- database ---------------------------------------------------------------------------------------------------

if DATABASE_URL:
    DATABASES = {
        "default": {
            **env.mysql(DATABASE_URL),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {
                "charset": "utf8mb4",
                "isolation_level": "read committed",
                # Leases compare with the clock of the database, and Django stores UTC.
                "init_command": "SET sql_mode='STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', time_zone='+00:00'",
                "connect_timeout": 10,
            },
            "TEST": {"CHARSET": "utf8mb4"},
        }
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(DATA_DIR / "db.sqlite3"),
            "OPTIONS": {
                # Writers queue from BEGIN on: without IMMEDIATE two that read first and then write fail as "locked".
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA busy_timeout=20000;"
                    "PRAGMA foreign_keys=ON;PRAGMA secure_delete=ON;"
                ),
            },
            # A file, so that tests with threads meet the same locking as the service does.
            "TEST": {"NAME": str(DATA_DIR / "test.sqlite3")},
        }
    }

# --- broker, cache ----------------------------------------------------------------------------------------------

TASK_SOFT_TIME_LIMIT = env.whole("TASK_SOFT_TIME_LIMIT", 1500, least=10)
TASK_TIME_LIMIT = env.whole("TASK_TIME_LIMIT", 1800, least=20)
BROKER_DIR = DATA_DIR / "broker"
if BROKER_URL:
    CELERY_BROKER_URL = BROKER_URL
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
        # A message not acknowledged within this time is delivered again: it must outlast the longest task.
        "visibility_timeout": 2 * TASK_TIME_LIMIT,
        "socket_connect_timeout": 3,
        "socket_timeout": 30,
        "socket_keepalive": True,
    }
else:
    CELERY_BROKER_URL = "filesystem://localhost/"  # the host means nothing; without one kombu warns
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
        "processed_folder": str(BROKER_DIR / "processed"),
        "store_processed": False,
        "polling_interval": 0.1,
    }
    for part in ("queue", "control", "processed"):
        (BROKER_DIR / part).mkdir(parents=True, exist_ok=True, mode=0o700)

CELERY_TASK_DEFAULT_QUEUE = "celery"
# A worker takes from both in turn, so that a person's job does not stand behind a thousand others.
CELERY_TASK_QUEUES = tuple(Queue(name, routing_key=name) for name in (CELERY_TASK_DEFAULT_QUEUE, "bulk"))
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True  # the Operation row is the truth
CELERY_TASK_ACKS_LATE = True  # safe, because an operation is claimed before it is worked on
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = TASK_SOFT_TIME_LIMIT
CELERY_TASK_TIME_LIMIT = TASK_TIME_LIMIT
CELERY_TASK_PUBLISH_RETRY = False  # the sweeper publishes again what did not reach the broker
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"


def _cache_address() -> str:
    """``CACHE_URL``, or database 1 of the Redis that carries the messages, or nothing."""
    if given := env.text("CACHE_URL"):
        return given
    if not BROKER_URL.startswith(("redis://", "rediss://")):
        return ""
    return urlunsplit(urlsplit(BROKER_URL)._replace(path="/1"))


CACHE_URL = _cache_address()
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}
    if CACHE_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# --- operations, spool ------------------------------------------------------------------------------------------

OPERATION_LEASE_SECONDS = env.number("OPERATION_LEASE_SECONDS", 30, least=1)
OPERATION_BEAT_SECONDS = env.number("OPERATION_BEAT_SECONDS", min(5.0, OPERATION_LEASE_SECONDS / 4), least=0.1)
OPERATION_SWEEP_SECONDS = env.number("OPERATION_SWEEP_SECONDS", 5, least=0.1)
OPERATION_REPUBLISH_SECONDS = env.number("OPERATION_REPUBLISH_SECONDS", 20, least=0.1)
OPERATION_ATTEMPTS = env.whole("OPERATION_ATTEMPTS", 5, least=1)
OPERATION_PROGRESS_SECONDS = 1.0  # at most one write of progress in this time

SPOOL_DIR = DATA_DIR / "spool"
IMPORT_BYTES_MOST = env.whole("IMPORT_BYTES_MOST", 2 * 1024**3, least=1)  # of all files of one request
IMPORT_FILE_BYTES_MOST = env.whole("IMPORT_FILE_BYTES_MOST", IMPORT_BYTES_MOST, least=1)  # of each file
IMPORT_FILES_MOST = env.whole("IMPORT_FILES_MOST", 2000, least=1)  # of one request
KEEP_ORIGINALS = env.whole("KEEP_ORIGINALS", 0)  # days that an upload is kept where its import asks for it; 0: never
ORIGINALS_KEYS = env.key_ring("ORIGINALS_KEYS")
if KEEP_ORIGINALS and not ORIGINALS_KEYS:
    raise ImproperlyConfigured("KEEP_ORIGINALS needs a key in ORIGINALS_KEYS (or ORIGINALS_KEYS_FILE).")
EVIDENCE_DIR = DATA_DIR / "evidence"
EVIDENCE_BYTES_MOST = env.whole("EVIDENCE_BYTES_MOST", 10 * 1024**2, least=1)  # of each file that an answer rests on
FILE_UPLOAD_HANDLERS = ["apps.inventory.uploads.SpoolUploadHandler"]  # encrypted from the first byte on
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024**2  # of a request without its files
DATA_UPLOAD_MAX_NUMBER_FILES = None  # the handler counts them, and says how many may come
# A file may bring its path along; the form of a cluster has a field for every cell.
DATA_UPLOAD_MAX_NUMBER_FIELDS = IMPORT_FILES_MOST + 20_000

# --- language, time ---------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = env.text("TIME_ZONE", "Asia/Shanghai")
USE_TZ = True

# --- static files -----------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Served from the packages themselves where nobody has collected them.
WHITENOISE_USE_FINDERS = not STATIC_ROOT.is_dir()
if WHITENOISE_USE_FINDERS:
    warnings.filterwarnings("ignore", message="No directory at")
WHITENOISE_MAX_AGE = 3600

# --- REST -------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "apps.core.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "apps.core.schema.ProblemAutoSchema",
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "DEFAULT_THROTTLE_RATES": {"login": env.text("LOGIN_RATE", "30/min")},
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "URL_FORMAT_OVERRIDE": None,  # ?format= names the kind of a runbook's document
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "apps.core.problems.ProblemHandler",
    "EXCEPTION_FORMATTER_CLASS": "apps.core.problems.ProblemFormatter",
}
REST_KNOX = {
    "TOKEN_TTL": timedelta(hours=env.number("TOKEN_HOURS", 12, least=0.01)),
    "AUTH_HEADER_PREFIX": "Bearer",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "CCE Migrator",
    "DESCRIPTION": (
        "Inventories of old CCE clusters, checklists, upgrade paths and migration runbooks.\n\n"
        "Errors are RFC 9457 problem documents with a stable `code`. A method that an address does not offer is "
        "answered by 405, with those that it offers in `Allow`."
    ),
    "VERSION": "v1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SORT_OPERATIONS": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "PlanStrategyEnum": "apps.planning.choices.PlanStrategy",
        "StrategyEnum": "apps.planning.choices.ChosenStrategy",
        "AdditionKindEnum": "apps.planning.choices.AdditionKind",
        "CheckCategoryEnum": "apps.checklists.choices.Category",
        "SettingCategoryEnum": "apps.inventory.choices.SettingCategory",
        "AnswerEnum": "apps.checklists.choices.Answer",
        "OperationStatusEnum": "apps.operations.choices.OperationStatus",
        "StepKindEnum": "apps.runbooks.choices.StepKind",
        "NodeKindEnum": "apps.inventory.choices.NodeKind",
        "InputStatusEnum": "apps.inventory.choices.InputStatus",
        "CorrectionStateEnum": "apps.inventory.choices.CorrectionState",
        "CoverageStateEnum": "apps.inventory.choices.CoverageState",
        "SnapshotOriginEnum": "apps.inventory.choices.SnapshotOrigin",
        "OriginEnum": "apps.inventory.choices.Origin",
        "StepOriginEnum": "apps.runbooks.choices.Origin",
        "EditActEnum": "apps.runbooks.choices.EditAct",
        "ReadinessEnum": "apps.checklists.choices.Readiness",
        "RunbookReadinessEnum": "apps.runbooks.choices.Readiness",
        "ReviewActEnum": "apps.runbooks.choices.ReviewAct",
        "ReviewStateEnum": "apps.runbooks.choices.ReviewState",
    },
}

# --- admin ------------------------------------------------------------------------------------------------------

UNFOLD = {
    "SITE_TITLE": "CCE Migrator",
    "SITE_HEADER": "CCE Migrator",
    "SITE_SUBHEADER": _("Migration of old CCE clusters"),
    "SITE_SYMBOL": "moving",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": sidebar.icon}],
    "STYLES": [sidebar.pages_style],
    "SIDEBAR": {"show_search": False, "navigation": sidebar.NAVIGATION},
    "SHOW_LANGUAGES": True,
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "apps.runbooks.admin.overview.overview",
}

# --- logs -------------------------------------------------------------------------------------------------------

LOG_LEVEL = env.text("LOG_LEVEL", "INFO").upper()
LOG_FORMAT = env.choice("LOG_FORMAT", "json" if PRODUCTION else "plain", ("json", "plain"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "apps.core.logs.JsonLines"},
        "plain": {"()": "apps.core.logs.PlainLines"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "apps": {"level": LOG_LEVEL},
        "config": {"level": LOG_LEVEL},
        "migrator": {"level": LOG_LEVEL},
        "celery": {"level": LOG_LEVEL},
        "django": {"handlers": ["console"], "level": LOG_LEVEL, "propagate": False},
        "django.server": {"handlers": ["console"], "level": LOG_LEVEL, "propagate": False},
    },
}
