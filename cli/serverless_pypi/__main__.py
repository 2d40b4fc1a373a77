"""``python -m serverless_pypi``."""

import sys

from serverless_pypi.command import main

if __name__ == "__main__":
    sys.exit(main())
