"""Where pictures are stored: a folder of EASEL_HOME, or a bucket that speaks S3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config import env


def default_storage(easel_home: Path) -> dict[str, Any]:
    """Django's STORAGES["default"]. With EASEL_S3_BUCKET set both parts of the key must be too:
    botocore would go and look for others, for seconds, at addresses of a cloud's own."""
    bucket = env.text("EASEL_S3_BUCKET")
    if not bucket:
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": easel_home / "files", "base_url": None},
        }
    access_key = env.secret("EASEL_S3_ACCESS_KEY_ID")
    secret_key = env.secret("EASEL_S3_SECRET_ACCESS_KEY")
    if not access_key or not secret_key:
        raise ImproperlyConfigured(
            "EASEL_S3_BUCKET needs EASEL_S3_ACCESS_KEY_ID and EASEL_S3_SECRET_ACCESS_KEY"
        )
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": env.text("EASEL_S3_ENDPOINT") or None,  # None: Amazon's own
            "region_name": env.text("EASEL_S3_REGION") or "us-east-1",
            "access_key": access_key,
            "secret_key": secret_key,
            # Path style works with every server, with a name for each bucket or without.
            "addressing_style": env.text("EASEL_S3_ADDRESSING", "path"),
            "file_overwrite": True,
            "default_acl": None,
            "querystring_auth": True,
            "max_memory_size": 32
            * 1024
            * 1024,  # a larger file is spooled to disk while it is read
        },
    }
