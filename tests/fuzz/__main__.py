"""Fuzz the authenticator: `python -m tests.fuzz FOLDER SECONDS`, or with a file that a run left behind.

FOLDER keeps the corpus from run to run. What fails is written there, as a file that begins with "crash".
"""

import importlib.util
import sys
from pathlib import Path

__all__ = ["main"]

_DICTIONARY = Path(__file__).parent / "words.txt"


def main(arguments: list[str]) -> int:
    if importlib.util.find_spec("atheris") is None:
        print("Nothing is fuzzed: atheris has no wheel for this Python on this machine.")  # noqa: T201
        return 0
    import atheris

    atheris.enabled_hooks.add("str")
    with atheris.instrument_imports(include=["authenticator", "tomllib"]):
        from tests.fuzz.cases import Case, check
        from tests.fuzz.seeds import SEEDS

    def check_bytes(data: bytes) -> None:
        check(Case.from_bytes(data))

    if len(arguments) == 1:
        check_bytes(Path(arguments[0]).read_bytes())
        return 0
    folder, seconds = arguments
    corpus = Path(folder) / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS):
        (corpus / f"seed-{number}").write_bytes(seed.to_bytes())
    options = [f"-max_total_time={seconds}", f"-dict={_DICTIONARY}", f"-artifact_prefix={folder}/"]
    atheris.Setup(
        [
            sys.argv[0],
            *options,
            "-max_len=4096",
            "-timeout=10",
            "-verbosity=0",
            "-print_final_stats=1",
            str(corpus),
        ],
        check_bytes,
    )
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
