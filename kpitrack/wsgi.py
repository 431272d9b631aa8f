"""The WSGI application that the web server serves."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kpitrack.settings")

application = get_wsgi_application()

# What is loaded by now stays for good. Left to the collector, each big request would have all of it
# looked through again, which took longer than storing 5,000 measurements.
gc.collect()
gc.freeze()
