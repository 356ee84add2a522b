"""The one settings file. Every variable it reads is listed in docs/settings.md.

Whatever a secret is, it has no default outside the demo: a fresh ``EASEL_HOME`` is given random
secrets, written once under ``EASEL_HOME/secrets`` by ``config.home``.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from config import env, files, home, oidc

BASE_DIR = Path(__file__).resolve().parent.parent
EASEL_HOME = env.path("EASEL_HOME", BASE_DIR / "var")
DEBUG = env.boolean("EASEL_DEBUG")

# ── Secrets ──────────────────────────────────────────────────────────────────────────────────
SECRET_KEY = env.secret("EASEL_SECRET_KEY") or home.secret(EASEL_HOME, "secret_key")
# Encrypts what must be readable again (X-Ca secrets, backend passwords): Fernet, 32 bytes.
EASEL_ENCRYPTION_KEY = env.secret("EASEL_ENCRYPTION_KEY") or home.secret(
    EASEL_HOME, "encryption_key"
)
# The key that GET /test?key= asks for; empty: the endpoint is off. The demo sets one.
EASEL_TEST_KEY = env.secret("EASEL_TEST_KEY") or home.optional_secret(EASEL_HOME, "test_key")
EASEL_TEST_TOKEN_ISSUER = env.text("EASEL_TEST_TOKEN_ISSUER", "easel")

# ── Who may call, and from where ─────────────────────────────────────────────────────────────
EASEL_BASE_URL = env.text("EASEL_BASE_URL")  # "" = what the request says
EASEL_TRUSTED_HOPS = env.integer("EASEL_TRUSTED_HOPS", 0, minimum=0)
ALLOWED_HOSTS = env.words("EASEL_ALLOWED_HOSTS", "*")
CSRF_TRUSTED_ORIGINS = [EASEL_BASE_URL] if EASEL_BASE_URL else []
EASEL_EGRESS_ALLOW = env.words("EASEL_EGRESS_ALLOW")
EASEL_QR_FETCH = env.boolean("EASEL_QR_FETCH", True)
EASEL_CALLBACK_TIME_SCALE = env.real("EASEL_CALLBACK_TIME_SCALE", 1.0, minimum=0.0)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = EASEL_BASE_URL.startswith("https://")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# A canvas mask and a batch of init images are megabytes of base64 in one JSON body.
DATA_UPLOAD_MAX_MEMORY_SIZE = env.integer("EASEL_MAX_BODY_BYTES", 64 * 1024 * 1024, minimum=1024)

# The web's processes, the threads of each, and what /metrics asks for from other machines.
EASEL_WEB_WORKERS = env.integer("EASEL_WEB_WORKERS", 2, minimum=1)
EASEL_WEB_THREADS = env.integer("EASEL_WEB_THREADS", 4, minimum=1)
EASEL_METRICS_TOKEN = env.secret("EASEL_METRICS_TOKEN")

# ── Applications ─────────────────────────────────────────────────────────────────────────────
INSTALLED_APPS = [
    "config.admin_app.OperatorsConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "config.static_files.CollectedFiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_q",
    "accounts",
    "catalog",
    "generation",
    "tools",
    "config",
]
# The browser's middleware. API doors carry none of it: config.front gives paths below
# EASEL_API_PREFIXES to a second, bare handler (session, CSRF and messages cost 47 % of a bare
# view's rate).
MIDDLEWARE = [
    "config.middleware.RequestIdMiddleware",
    "config.middleware.SecurityPolicyMiddleware",
    "config.middleware.CompressedPagesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.impersonation.ImpersonationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.sessions.LastSeenMiddleware",
]
EASEL_API_MIDDLEWARE = [
    "config.middleware.RequestIdMiddleware",
    "config.middleware.SecurityPolicyMiddleware",
    # A thread serves pages and programs in turn: without it a program would be answered in the
    # language of the last page.
    "django.middleware.locale.LocaleMiddleware",
]
EASEL_API_PREFIXES = (
    "/api/v1/",
    "/AIGCImgOpenServ/",
    "/saas/",
    "/QRapi/",
    "/test",
    "/sdapi/",
    "/internal/",
    "/controlnet/",
    "/v1/",
    "/txt2img",
    "/img2img",
    "/t2ihistory/",
    "/i2ihistory/",
    "/get_images/",
    "/get_args/",
    "/delete/",
    "/files/",
    "/healthz",
    "/readyz",
    "/metrics",
)
ROOT_URLCONF = "config.urls"
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
                "django.template.context_processors.i18n",
                "accounts.context.entrance",
                "generation.studio.account.tabs.account_frame",
            ],
        },
    },
]

# ── One database ─────────────────────────────────────────────────────────────────────────────
DATABASES = {"default": home.database(EASEL_HOME, env.text("DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.text("REDIS_URL")
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        # Rate limits and codes used once must hold across processes: an UNLOGGED table.
        else {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "easel_cache",
            "OPTIONS": {"MAX_ENTRIES": 20_000},
        }
    )
}

# ── The queue: a hint, the row is the truth ──────────────────────────────────────────────────
# timeout < retry is django-q2's own rule; the broker never redelivers, so retry is never used.
EASEL_TASK_TIMEOUT = env.integer(
    "EASEL_TASK_TIMEOUT", 900, minimum=10
)  # seconds one attempt may take
EASEL_WORKERS_PER_CLUSTER = env.integer("EASEL_WORKERS_PER_CLUSTER", 4, minimum=1)
EASEL_LEASE_SECONDS = env.real("EASEL_LEASE_SECONDS", 5.0, minimum=1.0)
EASEL_START_SECONDS = env.real("EASEL_START_SECONDS", 2.0, minimum=0.5)
EASEL_MAX_ATTEMPTS = env.integer("EASEL_MAX_ATTEMPTS", 4, minimum=1)
Q_CLUSTER = {
    "name": "generation",
    "workers": EASEL_WORKERS_PER_CLUSTER,
    "timeout": EASEL_TASK_TIMEOUT + 30,
    "retry": EASEL_TASK_TIMEOUT + 60,
    "queue_limit": EASEL_WORKERS_PER_CLUSTER,
    "save_limit": -1,
    "ack_failures": True,
    "max_attempts": 1,
    "scheduler": False,
    "catch_up": False,
    "broker_class": "generation.scheduling.broker.ClaimBroker",
    "log_level": "WARNING",
    "label": "queue",
    "ALT_CLUSTERS": {"delivery": {"workers": 2, "queue_limit": 2}},
}

# ── People ───────────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
EASEL_OPEN_SIGNUP = env.boolean("EASEL_OPEN_SIGNUP")
EASEL_OPEN_ORGANISATIONS = env.boolean("EASEL_OPEN_ORGANISATIONS")
EASEL_INVITATION_DAYS = env.integer("EASEL_INVITATION_DAYS", 7, minimum=1)
EASEL_HELD_MAIL_DAYS = env.integer("EASEL_HELD_MAIL_DAYS", 3, minimum=1)
EMAIL_HOST = env.text("EASEL_SMTP_HOST")
EMAIL_PORT = env.integer("EASEL_SMTP_PORT", 587)
EMAIL_HOST_USER = env.text("EASEL_SMTP_USER")
EMAIL_HOST_PASSWORD = env.secret("EASEL_SMTP_PASSWORD")
EMAIL_USE_SSL = env.boolean("EASEL_SMTP_SSL")
EMAIL_USE_TLS = env.boolean("EASEL_SMTP_TLS", not EMAIL_USE_SSL)
EMAIL_TIMEOUT = 10  # seconds for each step; short work waits, no page
DEFAULT_FROM_EMAIL = env.text("EASEL_MAIL_FROM", "Easel <easel@localhost>")
# Without a mail server mails are kept for the operator to pass on.
EMAIL_BACKEND = "accounts.mail.QueuedBackend" if EMAIL_HOST else "accounts.mail.HeldBackend"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "accounts.adapter.SocialAdapter"
ACCOUNT_FORMS = {"signup": "accounts.signup.SignupForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
# Where mails arrive, or anybody may sign up, an address is proved before it signs in (without a
# mail server by the mail that the operator passes on): only so sign-up never tells whether an
# address is known already.
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if EMAIL_HOST or EASEL_OPEN_SIGNUP else "optional"
ACCOUNT_EMAIL_NOTIFICATIONS = ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = bool(EMAIL_HOST)
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if EASEL_BASE_URL.startswith("https://") else "http"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {"invite": "30/h/user"}
ACCOUNT_SESSION_REMEMBER = True
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"

# Second factor: an app, passkeys, recovery codes.
MFA_ADAPTER = "accounts.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Easel"
MFA_TOTP_TOLERANCE = 1  # one step of 30 s: clocks of telephones
# Browsers offer passkeys without TLS on localhost only.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not EASEL_BASE_URL.startswith("https://")

# OpenID Connect: the sign-in of an organisation of the operator's.
EASEL_OIDC_URL = env.text("EASEL_OIDC_URL")
EASEL_OIDC_SIGNUP = env.boolean("EASEL_OIDC_SIGNUP")
SOCIALACCOUNT_PROVIDERS = oidc.providers(EASEL_OIDC_URL)
# A link, not a form: the policy's form-action would stop the way to the provider.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = env.boolean("EASEL_OIDC_LINK_BY_EMAIL")
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = SOCIALACCOUNT_EMAIL_AUTHENTICATION
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(hours=env.integer("EASEL_JWT_HOURS", 24, minimum=1)),
    "ALGORITHM": "HS256",
    "SIGNING_KEY": SECRET_KEY,
    "USER_ID_CLAIM": "user_id",
    "UPDATE_LAST_LOGIN": False,
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.ActorAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.authentication.HasActor"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "EXCEPTION_HANDLER": "generation.dialects.native.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Easel",
    "DESCRIPTION": "The native API: the page /docs/guide/native explains it.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    # No hook for enums: they stand in the wire types, where they are read.
    "POSTPROCESSING_HOOKS": ["generation.dialects.native.schema.with_body_of_delete"],
    "COMPONENT_SPLIT_PATCH": False,  # what is absent in a PATCH has a default in the type already
    "SERVERS": [{"url": "/"}],
}

# ── Files ────────────────────────────────────────────────────────────────────────────────────
STORAGES = {
    "default": files.default_storage(EASEL_HOME),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = EASEL_HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
EASEL_FILE_DAYS = env.integer("EASEL_FILE_DAYS", 30, minimum=1)  # outputs and their URLs: one month
EASEL_UPLOAD_DAYS = env.integer("EASEL_UPLOAD_DAYS", 7, minimum=1)  # pictures sent beforehand
EASEL_QUARANTINE_DAYS = env.integer("EASEL_QUARANTINE_DAYS", 7, minimum=1)
EASEL_EXPORT_DAYS = env.integer("EASEL_EXPORT_DAYS", 7, minimum=1)  # files of everything
# Between the wish to delete an account or an organisation and its deletion.
EASEL_DELETION_DAYS = env.integer("EASEL_DELETION_DAYS", 7)
# Who says in each file's AI label that he made it (GB 45438-2025: a name or the register's code).
EASEL_CONTENT_PRODUCER = env.text("EASEL_CONTENT_PRODUCER", "Easel")

# ── Audit of pictures: a process of its own (manage.py audit), on a Unix socket ──────────────
EASEL_AUDITOR = env.text("EASEL_AUDITOR", "nsfw")
EASEL_AUDIT_SOCKET = env.path("EASEL_AUDIT_SOCKET", home.audit_socket(EASEL_HOME))

# ── Language and time ────────────────────────────────────────────────────────────────────────
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = env.text("EASEL_TIME_ZONE", "Asia/Shanghai")

# ── Limits of one request (tenants and keys narrow them) ─────────────────────────────────────
EASEL_MAX_IMAGES = env.integer("EASEL_MAX_IMAGES", 16, minimum=1)
EASEL_MAX_GRID_CELLS = env.integer("EASEL_MAX_GRID_CELLS", 100, minimum=1)
EASEL_DEFAULT_IMAGE_FORMAT = env.text("EASEL_DEFAULT_IMAGE_FORMAT", "jpg")
# saas describes hr_resize_x as the height; WebUI, which it is modelled on, means the width.
EASEL_SAAS_DOCUMENTED_AXES = env.boolean("EASEL_SAAS_DOCUMENTED_AXES")

# ── Logs: one JSON object a line, with the request id ────────────────────────────────────────
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "config.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env.text("EASEL_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django-q": {"level": "WARNING"},
    },
}
