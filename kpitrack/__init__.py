"""The composition root: settings, addresses, Celery, embedded servers. Imported by nobody."""
