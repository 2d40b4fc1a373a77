"""The netrc file, in which curl and pip find credentials as well."""

import netrc
import os
from pathlib import Path

from serverless_pypi.index import Credential
from serverless_pypi.sources.errors import NoSourceError

__all__ = ["find_credential"]


def find_credential(host: str) -> Credential | None:
    """What ``NETRC`` or ``~/.netrc`` says of *host*, or of every host. Raises `NoSourceError`."""
    # Path.home() raises where nobody has a home: a container that runs as any number.
    path = Path(os.environ.get("NETRC") or os.path.expanduser("~/.netrc"))
    try:
        found = netrc.netrc(path).authenticators(host)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NoSourceError(f"{str(path)!r} cannot be read: {error.strerror}.") from None
    except netrc.NetrcParseError as error:  # whose words may be a password
        raise NoSourceError(
            f"{str(path)!r} cannot be understood: mend it near line {error.lineno}."
        ) from None
    except UnicodeDecodeError:
        raise NoSourceError(f"{str(path)!r} cannot be understood: write it in UTF-8.") from None
    if found is None:
        return None
    login, _account, password = found
    return login, password or ""
