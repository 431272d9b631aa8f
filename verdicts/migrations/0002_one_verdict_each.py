"""A trigger that gives each new indicator its verdict, so that no page has to ask for it."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION make_verdict() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO verdicts_verdict (indicator_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER one_verdict_each AFTER INSERT ON indicators_indicator
    FOR EACH ROW EXECUTE FUNCTION make_verdict();
"""
BACKWARD = """
DROP TRIGGER one_verdict_each ON indicators_indicator;
DROP FUNCTION make_verdict();
"""


class Migration(migrations.Migration):
    dependencies = [("verdicts", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
