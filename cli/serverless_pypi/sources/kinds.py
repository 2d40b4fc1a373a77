"""What a file is by its ending, where it is neither a wheel nor an sdist."""

from simple_index.filenames import DISTRIBUTION_SUFFIXES

__all__ = ["COMPANIONS", "is_distribution", "kind_of"]

#: What an index makes or keeps beside its files, and makes again.
COMPANIONS = (".metadata", ".provenance", ".removed", ".yanked", ".reason.json")

_KINDS = {
    ".asc": "a signature",
    ".bz2": "an sdist of a kind that installers no longer take",
    ".deb": "a Debian package",
    ".dmg": "a macOS installer",
    ".egg": "an egg",
    ".exe": "a Windows installer",
    ".msi": "a Windows installer",
    ".rpm": "an RPM package",
    ".sig": "a signature",
    ".sigstore": "a signature",
    ".tar": "an sdist of a kind that installers no longer take",
    ".tgz": "an sdist of a kind that installers no longer take",
    ".xz": "an sdist of a kind that installers no longer take",
    ".Z": "an sdist of a kind that installers no longer take",
}


def is_distribution(filename: str) -> bool:
    """Whether it claims to be a wheel or an sdist."""
    return filename.endswith(DISTRIBUTION_SUFFIXES)


def kind_of(filename: str) -> str:
    """In words, for who wonders why it was not taken."""
    ending = filename[filename.rfind(".") :] if "." in filename else ""
    return _KINDS.get(ending, "no distribution")
