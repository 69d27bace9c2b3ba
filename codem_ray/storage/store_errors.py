"""Errors of object stores: which ones are transient, and what a user does about the others."""

from __future__ import annotations

import errno
import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from codem_ray.errors import StorageError, all_causes
from codem_ray.wording import first_line

T = TypeVar("T")

RETRY_SECONDS = 600.0
"""How long a request is repeated while the store does not answer."""
CHECK_SECONDS = 10.0
"""The same for a check before the start."""
_FIRST_DELAY, _LONGEST_DELAY = 0.5, 15.0
_LOG = logging.getLogger(__name__)

_STORE_OF = {
    **dict.fromkeys(("s3", "s3a"), "s3"),
    **dict.fromkeys(("gs", "gcs"), "gcs"),
    **dict.fromkeys(("az", "abfs", "abfss"), "azure"),
}
"""Extra of pyproject.toml by URI scheme."""
_CREDENTIALS = {
    "s3": "AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role of the machine",
    "gcs": "GOOGLE_APPLICATION_CREDENTIALS, or `gcloud auth application-default login`",
    "azure": "AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT_NAME with a key or a login",
}
_ENDPOINT = {
    "s3": "AWS_ENDPOINT_URL_S3 (with http:// or https://) and AWS_REGION",
    "gcs": "STORAGE_EMULATOR_HOST",
    "azure": "AZURE_STORAGE_CONNECTION_STRING",
}

# The clients' packages are optional, so their exceptions are known by the names of their classes.
_TRANSIENT = {
    *(
        "ConnectionError",
        "TimeoutError",
        "FSTimeoutError",
        "HTTPClientError",
        "EndpointConnectionError",
    ),
    *("ConnectTimeoutError", "ReadTimeoutError", "ConnectionClosedError", "ResponseStreamingError"),
    *("ClientConnectionError", "ClientPayloadError", "IncompleteReadError"),
    *("ServiceRequestError", "ServiceResponseError", "TransportError"),
}
_NO_CREDENTIALS = {
    *("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"),
    *("TokenRetrievalError", "SSOError", "ProfileNotFound"),
    *("DefaultCredentialsError", "RefreshError", "ClientAuthenticationError"),
}
_TRANSIENT_NUMBERS = {
    *(errno.EBUSY, errno.EAGAIN, errno.EREMOTEIO, errno.ETIMEDOUT, errno.ENETUNREACH),
    *(errno.EHOSTUNREACH, errno.ENETDOWN),
}
_CLIENT_PACKAGES = {
    *("botocore", "aiobotocore", "s3fs", "aiohttp", "gcsfs", "google", "adlfs", "azure", "fsspec"),
    *("requests", "urllib3"),
}


def retrying(
    call: Callable[[], T], *, action: str, uri: str, retry_seconds: float = RETRY_SECONDS
) -> T:
    """Return what `call` returns; repeat it with growing delays while the store does not answer.

    FileNotFoundError and FileExistsError are raised as they are.

    Raises:
        StorageError: the store refuses, or has not answered for `retry_seconds`.
    """
    give_up_at, delay, is_first = time.monotonic() + retry_seconds, _FIRST_DELAY, True
    while True:
        try:
            return call()
        except (FileNotFoundError, FileExistsError) as error:
            if is_bucket_missing(error):
                raise StorageError(f"cannot {action}: {explain(error, uri)}") from error
            raise
        except Exception as error:
            if not _is_of_store(error):
                raise
            left = give_up_at - time.monotonic()
            if not _is_transient(error) or left <= 0:
                raise StorageError(f"cannot {action}: {explain(error, uri)}") from error
            if is_first:
                _LOG.warning(
                    "cannot %s (%s); trying again for up to %.0f s",
                    action,
                    _brief(error),
                    left,
                )
                is_first = False
            time.sleep(min(left, delay * random.uniform(0.5, 1.0)))
            delay = min(2 * delay, _LONGEST_DELAY)


def explain(error: BaseException, uri: str) -> str:
    """Describe an error of a store, with the next step."""
    scheme, _, path = uri.partition("://")
    store, bucket = _STORE_OF.get(scheme, scheme), path.partition("/")[0]
    credentials = _CREDENTIALS.get(store, "the credentials that the store wants")
    endpoint = _ENDPOINT.get(store, "the endpoint's settings")
    if is_bucket_missing(error):
        return f"there is no bucket {bucket!r}: create it, or correct storage.path and {endpoint}"
    if _names(error) & _NO_CREDENTIALS:
        return f"no credentials were found ({_brief(error)}): set {credentials}"
    if any(isinstance(cause, PermissionError) for cause in all_causes(error)):
        return (
            f"the store refuses the request ({_brief(error)}): check the rights on bucket "
            f"{bucket!r} and the credentials: {credentials}"
        )
    if _is_transient(error):
        return f"the store does not answer ({_brief(error)}): check {endpoint} and the network"
    return f"{_brief(error)}: check storage.path and {endpoint}"


def explain_unopened(error: Exception, uri: str) -> str:
    """Describe why fsspec has no file system for a URI."""
    scheme = uri.partition("://")[0]
    if isinstance(error, ImportError) and scheme in _STORE_OF:
        return f"{error}: pip install 'codem-ray[{_STORE_OF[scheme]}]'"
    if isinstance(error, ValueError) and "Protocol not known" in str(error):
        return f"{scheme}:// is not known: write a path, or one of {', '.join(_STORE_OF)}://..."
    return _brief(error)


def is_bucket_missing(error: BaseException) -> bool:
    """Whether the bucket itself is missing, not a file in it."""
    for cause in all_causes(error):
        response = getattr(cause, "response", None)
        if isinstance(response, dict) and response.get("Error", {}).get("Code") == "NoSuchBucket":
            return True
        if getattr(cause, "error_code", None) == "ContainerNotFound":
            return True
        if isinstance(cause, FileNotFoundError) and "bucket does not exist" in str(cause):
            return True
    return False


def _is_of_store(error: BaseException) -> bool:
    return isinstance(error, OSError) or any(
        type(cause).__module__.partition(".")[0] in _CLIENT_PACKAGES
        or (isinstance(cause, ValueError) and _raised_in(cause) in _CLIENT_PACKAGES)
        for cause in all_causes(error)
    )


def _raised_in(error: BaseException) -> str:
    """Return the package whose code raised an error: for bad settings it may be a ValueError."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    name = "" if frame is None else str(frame.tb_frame.f_globals.get("__name__", ""))
    return name.partition(".")[0]


def _is_transient(error: BaseException) -> bool:
    """Whether the same request may succeed later."""
    if _names(error) & _NO_CREDENTIALS:
        return False
    for cause in all_causes(error):
        status = getattr(cause, "status_code", getattr(cause, "code", None))
        if isinstance(status, int) and (status >= 500 or status in (408, 429)):
            return True
        if isinstance(cause, OSError) and cause.errno in _TRANSIENT_NUMBERS:
            return True
    return bool(_names(error) & _TRANSIENT)


def _names(error: BaseException) -> set[str]:
    return {kind.__name__ for cause in all_causes(error) for kind in type(cause).__mro__}


def _brief(error: BaseException) -> str:
    # The reason may stand below a heading that ends with a colon.
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = " ".join(lines[:2]) if lines and lines[0].endswith(":") else first_line(str(error))
    return text[:300] or type(error).__name__
