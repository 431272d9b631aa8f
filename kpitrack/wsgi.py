"""The WSGI application that gunicorn serves."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

from kpitrack.chunks import measured
from kpitrack.patience import patient

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kpitrack.settings")

application = patient(measured(get_wsgi_application()))

# What is loaded by now stays for good. Left to the collector, each big request would have all of it
# looked through again, which took longer than storing 5,000 measurements.
gc.collect()
gc.freeze()
