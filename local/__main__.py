"""``python -m local``."""

import sys

if __name__ == "__main__":
    try:
        from local.command import main

        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
