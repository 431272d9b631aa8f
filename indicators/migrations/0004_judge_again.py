"""Asks for every verdict again: alerts, forecasts and good ranges are judged by newer rules."""

from django.db import migrations

FORWARD = """
UPDATE indicators_verdict
   SET stale_since = coalesce(stale_since, now()), stale_mark = stale_mark + 1, claimed_at = NULL
"""


class Migration(migrations.Migration):
    dependencies = [("indicators", "0003_ways_in")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
