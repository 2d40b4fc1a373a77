"""Cases to begin with: one for each answer that there is, and for each kind of line in the files."""

from tests.fuzz.cases import Case

__all__ = ["SEEDS", "TOKEN"]

#: Alice's, whose line is the second; bob has "secret" at the lowest cost.
TOKEN = b"spp_" + b"a" * 43 + b"81QPUg"
_HTPASSWD = b"""# people
bob:$2b$04$....................../dCAsp4PpJoDgv6BeaLP6BKrXlBV1oi
alice:{SHA256}dlIxZvrnN015O8y+tcDzfpiJ7AI3HFi1JBzjLm6uMiM=
carol:!{SHA256}dlIxZvrnN015O8y+tcDzfpiJ7AI3HFi1JBzjLm6uMiM=
Zo\xc3\xab:$apr1$x$y
"""
_POLICY = b"""realm = "Acme"
refresh_seconds = 60
stale_seconds = 3_600

[groups]
ops = ["alice", 'carol']

[[rules]]
projects = ["acme-secret", "acme-*-secret"]
read = ["@ops"]

[[rules]]
projects = ["public-*"] # for all
read = ["@anonymous"]

[[rules]]
projects = ["*"]
read = ["@signed-in", "bob"]

[project_list]
read = ["@ops", "@anonymous"]

[expires]
carol = 2027-01-31T18:00:00Z
alice = 2999-12-31

[upstream]
url = "https://upstream.example/simple/"
reserved = ["acme-*"]
"""
_JSON = b"application/vnd.pypi.simple.v1+json"


def _seed(
    uri: bytes,
    one: bytes = b"bob:secret",
    other: bytes = b"alice:" + TOKEN,
    *,
    method: bytes = b"GET",
    accept: bytes = _JSON + b", application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01",
    accept_encoding: bytes = b"gzip, deflate",
    htpasswd: bytes = _HTPASSWD,
    policy: bytes = _POLICY,
) -> Case:
    return Case(
        uri=uri,
        method=method,
        credentials=(one, other),
        accept=accept,
        accept_encoding=accept_encoding,
        htpasswd=htpasswd,
        policy=policy,
    )


SEEDS = (
    _seed(b"/simple/acme/"),
    _seed(b"/simple/acme/", policy=b""),
    _seed(b"/simple/", policy=b"", accept=b"text/html;q=0.8, */*;q=0.1"),
    _seed(b"/simple/acme-secret/"),
    _seed(b"/simple/Acme_Secret"),
    _seed(b"/simple/acme/acme-1.0%2Bcu118-py3-none-any.whl.metadata"),
    _seed(b"/simple/acme/acme-1!2+x.tar.gz", accept=b"*/*"),
    _seed(b"/simple/other/", b"", b"bob:wrong"),
    _seed(b"/simple/public-a/", b"", b"carol:x"),
    _seed(b"/simple/", b"", b"=Bearer x"),
    _seed(b"/simple/acme/", b"bob:" + TOKEN, b"alice:secret"),
    _seed(b"/simple/acme/", accept=_JSON, accept_encoding=b"identity"),
    _seed(b"/project/acme/", method=b"HEAD"),
    _seed(b"/assets/style.css", b"", method=b"GET"),
    _seed(b"/"),
    _seed(b"/health", b""),
    _seed(b"/auth/htpasswd"),
    _seed(b"/simple/%2e%2e/auth%2fhtpasswd"),
    _seed(b"/simple/", method=b"POST"),
    _seed(b"/simple/acme/", htpasswd=b"\xef\xbb\xbf" + _HTPASSWD.replace(b"\n", b"\r\n")),
    _seed(b"/simple/acme/", htpasswd=b""),
    _seed(b"/simple/acme/", policy=b"rules = [{projects = ['*'], read = ['@none']}]"),
    _seed(b"/simple/acme/", b"=Basic YWxpY2U6eA", b"=Basic " + b"YTpi" * 512),
    _seed(b"/simple/acme/", htpasswd=_HTPASSWD[_HTPASSWD.index(b"alice") :]),
    _seed(b"/simple/acme/", policy=b'realm = "\xff"'),
    _seed(b"/simple/acme/", policy=b"stale_seconds = 0x" + b"f" * 40),
    _seed(b"/simple/acme/", policy=b'groups = {"a.b" = ["bob"]}\nexpires.bob = 2026-01-01\n'),
)
