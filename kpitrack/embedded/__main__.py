"""`python -m kpitrack.embedded`: what `manage.py up` becomes, without Django in memory."""

from __future__ import annotations

import argparse
import sys

from kpitrack.embedded import up

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="manage.py up")
    parser.add_argument("--with-parent", action="store_true", help="stop when the caller ends")
    parser.add_argument("--reload", action="store_true", help="serve by the development server")
    chosen = parser.parse_args()
    sys.exit(up.main(with_parent=chosen.with_parent, reload=chosen.reload))
