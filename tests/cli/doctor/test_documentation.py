"""The report that docs/command.md shows is one that the command gives."""

import re
from pathlib import Path

from tests.cli.doctor.certificates import Authority
from tests.cli.doctor.patients import Consumer
from tests.cli.doctor.servers import front_of
from tests.road.road import REPOSITORY, Road

PAGE = (REPOSITORY / "docs" / "command.md").read_text()
SHOWN = re.findall(r"^## doctor$.*?^```\n(https.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]


def test_the_report_on_the_page(consumer: Consumer, road: Road, tmp_path: Path) -> None:
    """Of somebody whose pip asks two indexes, and whose uv has a token that was cut."""
    authority = Authority(tmp_path)
    with front_of(road.origin, context=authority.issue().context()) as origin:
        url = origin.replace("://", f"://{road.username}:{road.password}@") + "/simple/"
        consumer.environment |= {
            "SSL_CERT_FILE": str(authority.file),
            "UV_INDEX_ACME_USERNAME": "ci",
            "UV_INDEX_ACME_PASSWORD": "spp_" + "a" * 46,
        }
        other = "https://upstream.example/simple/"
        consumer.write(".config/pip/pip.conf", f"[global]\nindex-url = {other}\nextra-index-url = {url}\n")
        consumer.write(
            "./pyproject.toml",
            '[project]\nname = "acme-app"\nversion = "1"\n\n'
            f'[[tool.uv.index]]\nname = "acme"\nurl = "{origin}/simple/"\n',
        )
        printed = consumer.doctor("--project", "serverless-pypi-sample").stdout

    names = {origin: "https://packages.example.com", "serverless-pypi-sample": "acme-core"}
    names |= {origin.partition("://")[2]: "packages.example.com"}
    for name, on_the_page in names.items():
        printed = printed.replace(name, on_the_page)
    assert _sentences(printed) == _sentences(SHOWN)


def _sentences(report: str) -> str:
    """Without its line ends, which another host's name moves, and with no certain Python."""
    return re.sub(r"Python 3\.\d+\.\d+", "Python", " ".join(report.split()))
