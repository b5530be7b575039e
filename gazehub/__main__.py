"""``python -m gazehub`` is the ``gazehub`` command."""

import sys

from gazehub.cli import main

if __name__ == "__main__":
    sys.exit(main())
