"""A trigger that refuses to change or delete what was once known of a measurement."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER superseded_append_only BEFORE UPDATE OR DELETE ON measurements_superseded
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
BACKWARD = "DROP TRIGGER superseded_append_only ON measurements_superseded;"


class Migration(migrations.Migration):
    dependencies = [("measurements", "0001_initial"), ("teams", "0002_audit_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
