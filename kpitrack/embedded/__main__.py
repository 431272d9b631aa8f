"""`python -m kpitrack.embedded`: what `manage.py up` becomes, without Django in memory."""

from __future__ import annotations

import argparse
import sys

from kpitrack.embedded import up

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="manage.py up")
    parser.add_argument("--with-parent", action="store_true", help="stop when the caller ends")
    sys.exit(up.main(with_parent=parser.parse_args().with_parent))
