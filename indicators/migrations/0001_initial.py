
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import indicators.models.exact
import teams.models.organisation
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('teams', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Indicator',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=80, unique=True, validators=[django.core.validators.RegexValidator('^[a-z0-9]+(?:[-_.][a-z0-9]+)*\\Z', 'A key has lower-case letters, digits and single - _ . between them.', code='key')])),
                ('name', models.CharField(max_length=120)),
                ('description', models.TextField(blank=True, help_text='What it is, in one sentence.')),
                ('kind', models.CharField(choices=[('kvi', 'Key value indicator'), ('kpi', 'Key performance indicator'), ('kri', 'Key risk indicator'), ('performance', 'Performance measure')], default='kpi', max_length=12)),
                ('level', models.CharField(choices=[('company', 'Company'), ('team', 'Team'), ('individual', 'Individual')], default='team', max_length=12)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('active', 'Active'), ('retired', 'Retired')], default='draft', max_length=8)),
                ('is_key', models.BooleanField(default=False, help_text='One of at most five a team steers on.')),
                ('is_omtm', models.BooleanField(default=False, help_text='The one metric that matters now.')),
                ('tags', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, size=None)),
                ('synthetic', models.BooleanField(default=False, help_text='Made-up numbers, said on the page.')),
                ('unit', models.CharField(choices=[('number', 'Number'), ('percent', 'Percent'), ('currency', 'Currency'), ('duration', 'Duration (seconds)'), ('per', 'Ratio per N'), ('score', 'Score with a range')], default='number', max_length=8)),
                ('unit_label', models.CharField(blank=True, help_text='Such as kr, calls, points.', max_length=40)),
                ('factor', indicators.models.exact.ExactDecimalField(default=Decimal('1'), help_text='A ratio is multiplied by it: 100 for percent, 1000 for per 1,000.')),
                ('decimals', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MaxValueValidator(10)])),
                ('display_scale', models.CharField(blank=True, choices=[('', 'Full'), ('k', 'Thousands'), ('M', 'Millions')], max_length=1)),
                ('minimum', indicators.models.exact.ExactDecimalField(blank=True, null=True)),
                ('maximum', indicators.models.exact.ExactDecimalField(blank=True, null=True)),
                ('direction', models.CharField(choices=[('up', 'Higher is better'), ('down', 'Lower is better'), ('range', 'Within a range')], default='up', max_length=5)),
                ('period', models.CharField(choices=[('day', 'Day'), ('week', 'Week'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year')], default='month', max_length=8)),
                ('entry_period', models.CharField(blank=True, choices=[('day', 'Day'), ('week', 'Week'), ('month', 'Month'), ('quarter', 'Quarter'), ('year', 'Year')], help_text='How fine values come in, if finer.', max_length=8)),
                ('rollup', models.CharField(choices=[('sum', 'Sum (flows)'), ('mean', 'Mean'), ('last', 'Last (stocks)'), ('min', 'Smallest'), ('max', 'Largest'), ('ratio', 'Ratio (Σ numerator / Σ denominator)'), ('none', 'None (distinct counts)')], default='last', max_length=5)),
                ('timezone', models.CharField(blank=True, max_length=64, validators=[teams.models.organisation.known_time_zone])),
                ('source_kind', models.CharField(choices=[('measured', 'Measured'), ('ratio', 'Ratio of two indicators'), ('formula', 'Formula over indicators'), ('growth', 'Growth of an indicator')], default='measured', max_length=8)),
                ('source', models.CharField(blank=True, help_text='Where the numbers come from.', max_length=200)),
                ('formula', models.CharField(blank=True, max_length=500)),
                ('inputs', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), blank=True, default=list, size=None)),
                ('meaningful_change', indicators.models.exact.ExactDecimalField(blank=True, null=True)),
                ('specific', models.TextField(blank=True, help_text='What outcome, for whom?')),
                ('measurable', models.TextField(blank=True, help_text='How is it measured?')),
                ('achievable', models.TextField(blank=True, help_text='Baseline and evidence.')),
                ('relevant', models.TextField(blank=True, help_text='Why does it matter?')),
                ('time_bound', models.TextField(blank=True, help_text='Achieved by when, and how will you know?')),
                ('influence', models.TextField(blank=True, help_text='How can you influence it?')),
                ('evaluate_every', models.CharField(choices=[('daily', 'Every day'), ('weekly', 'Every week'), ('monthly', 'Every month'), ('quarterly', 'Every quarter'), ('yearly', 'Every year')], default='monthly', max_length=10)),
                ('evaluate_on', models.DateField(blank=True, null=True)),
                ('reevaluate_on', models.DateField(blank=True, null=True)),
                ('review_cadence', models.CharField(choices=[('daily', 'Every day'), ('weekly', 'Every week'), ('monthly', 'Every month'), ('quarterly', 'Every quarter'), ('yearly', 'Every year')], default='monthly', max_length=10)),
                ('customer_impact', models.TextField(blank=True)),
                ('business_value', models.TextField(blank=True)),
                ('definition_version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('retired_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('retired_reason', models.TextField(blank=True)),
                ('guard', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='guards', to='indicators.indicator')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='indicators', to=settings.AUTH_USER_MODEL)),
                ('stakeholders', models.ManyToManyField(blank=True, related_name='follows', to=settings.AUTH_USER_MODEL)),
                ('successor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='predecessors', to='indicators.indicator')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='indicators', to='teams.team')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='Perspective',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=60)),
                ('position', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'ordering': ['position', 'name'],
            },
        ),
        migrations.CreateModel(
            name='Analysis',
            fields=[
                ('indicator', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='analysis', serialize=False, to='indicators.indicator')),
                ('result', models.JSONField()),
                ('steadied_by', models.JSONField(default=dict, help_text='The verdict before and the guard, as they were read then.')),
                ('computed_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'analyses',
            },
        ),
        migrations.CreateModel(
            name='Annotation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField()),
                ('text', models.CharField(max_length=200)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('author', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('indicator', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='annotations', to='indicators.indicator')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='annotations', to='teams.team')),
            ],
            options={
                'ordering': ['on', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('received_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now, editable=False)),
                ('door', models.CharField(choices=[('api', 'REST'), ('file', 'File upload'), ('form', 'Entered by hand'), ('command', 'Command line'), ('demo', 'Demo data'), ('derived', 'Computed')], max_length=8)),
                ('label', models.CharField(blank=True, max_length=200)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('received', models.PositiveIntegerField(default=0)),
                ('created', models.PositiveIntegerField(default=0)),
                ('updated', models.PositiveIntegerField(default=0)),
                ('unchanged', models.PositiveIntegerField(default=0)),
                ('rejected', models.PositiveIntegerField(default=0)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('token', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='teams.accesstoken')),
            ],
            options={
                'verbose_name_plural': 'batches',
                'ordering': ['-received_at'],
            },
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period', models.DateField(blank=True, help_text='Of a point; empty: definition.', null=True)),
                ('text', models.TextField()),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('author', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('indicator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='indicators.indicator')),
            ],
            options={
                'ordering': ['made_at'],
            },
        ),
        migrations.CreateModel(
            name='IdempotencyKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('holder', models.CharField(help_text='token:<id> or user:<id>', max_length=40)),
                ('key', models.CharField(max_length=255)),
                ('body_hash', models.CharField(max_length=64)),
                ('status', models.PositiveSmallIntegerField()),
                ('answer', models.JSONField()),
                ('created_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('holder', 'key'), name='idempotency_key_once')],
            },
        ),
        migrations.CreateModel(
            name='Objective',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(max_length=80, unique=True)),
                ('statement', models.CharField(max_length=200)),
                ('why', models.TextField(blank=True)),
                ('starts_on', models.DateField(blank=True, null=True)),
                ('ends_on', models.DateField(blank=True, null=True)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='objectives', to=settings.AUTH_USER_MODEL)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='indicators.objective')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='objectives', to='teams.team')),
                ('perspective', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='objectives', to='indicators.perspective')),
            ],
            options={
                'ordering': ['statement'],
            },
        ),
        migrations.AddField(
            model_name='indicator',
            name='objective',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='indicators', to='indicators.objective'),
        ),
        migrations.AddField(
            model_name='indicator',
            name='perspective',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='indicators', to='indicators.perspective'),
        ),
        migrations.CreateModel(
            name='Rebase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField(help_text='First period of the new limits.')),
                ('note', models.CharField(max_length=300)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('indicator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rebases', to='indicators.indicator')),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['indicator', 'on'],
            },
        ),
        migrations.CreateModel(
            name='Sharing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('as_kvi', models.BooleanField(default=False, help_text="It is this team's KVI too.")),
                ('shared_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('indicator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sharings', to='indicators.indicator')),
                ('shared_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sharings', to='teams.team')),
            ],
        ),
        migrations.AddField(
            model_name='indicator',
            name='shared_with',
            field=models.ManyToManyField(blank=True, related_name='shared_indicators', through='indicators.Sharing', to='teams.team'),
        ),
        migrations.CreateModel(
            name='Superseded',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('value', indicators.models.exact.ExactDecimalField(null=True)),
                ('numerator', indicators.models.exact.ExactDecimalField(null=True)),
                ('denominator', indicators.models.exact.ExactDecimalField(null=True)),
                ('note', models.CharField(blank=True, default='', max_length=500)),
                ('recorded_at', models.DateTimeField()),
                ('superseded_at', models.DateTimeField()),
                ('withdrawn', models.BooleanField(default=False, help_text='Taken back, not corrected.')),
                ('batch', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='indicators.batch')),
                ('indicator', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='superseded', to='indicators.indicator')),
                ('superseded_by', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='indicators.batch')),
            ],
            options={
                'verbose_name_plural': 'superseded',
                'ordering': ['indicator', 'at', 'superseded_at'],
            },
        ),
        migrations.CreateModel(
            name='Target',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('kind', models.CharField(choices=[('standing', 'Hold every period'), ('reach', 'Reach by a date'), ('accumulate', 'Accumulate over a span'), ('grow', 'Grow by a share each period')], default='standing', max_length=10)),
                ('comparator', models.CharField(choices=[('gte', 'at least (≥)'), ('lte', 'at most (≤)'), ('between', 'between'), ('eq', 'exactly')], default='gte', max_length=7)),
                ('strict', models.BooleanField(default=False, help_text='Equality does not meet it: < and >.')),
                ('value', indicators.models.exact.ExactDecimalField(blank=True, null=True)),
                ('upper', indicators.models.exact.ExactDecimalField(blank=True, null=True)),
                ('baseline', indicators.models.exact.ExactDecimalField(blank=True, null=True)),
                ('baseline_on', models.DateField(blank=True, null=True)),
                ('starts_on', models.DateField(blank=True, null=True)),
                ('due_on', models.DateField(blank=True, null=True)),
                ('growth', indicators.models.exact.ExactDecimalField(blank=True, help_text='Share a period, compounding: 0.10 is ten percent.', null=True)),
                ('tolerance', indicators.models.exact.ExactDecimalField(default=Decimal('0.1'), help_text="A share (0.10 is ten percent) when relative, else in the indicator's unit.")),
                ('tolerance_kind', models.CharField(choices=[('relative', 'Share of the expected value'), ('absolute', "In the indicator's own unit")], default='relative', max_length=8)),
                ('path', models.CharField(choices=[('linear', 'Straight line'), ('step', 'Steps'), ('geometric', 'Constant growth')], default='linear', max_length=9)),
                ('rationale', models.TextField(blank=True)),
                ('gives_status', models.BooleanField(default=True, help_text='The status comes from this one.')),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('ended_at', models.DateTimeField(editable=False, null=True)),
                ('indicator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='targets', to='indicators.indicator')),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('replaced_by', models.OneToOneField(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='replaces', to='indicators.target')),
            ],
            options={
                'ordering': ['indicator', '-version'],
            },
        ),
        migrations.CreateModel(
            name='Milestone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('on', models.DateField()),
                ('value', indicators.models.exact.ExactDecimalField()),
                ('target', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='milestones', to='indicators.target')),
            ],
            options={
                'ordering': ['target', 'on'],
            },
        ),
        migrations.CreateModel(
            name='VerdictChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('period', models.DateField(null=True)),
                ('from_status', models.CharField(blank=True, choices=[('on_track', 'On track'), ('at_risk', 'At risk'), ('off_track', 'Off track'), ('achieved', 'Achieved'), ('met_at_cost', 'Met at a cost'), ('no_target', 'No target'), ('no_data', 'No data'), ('stale', 'Stale'), ('provisional', 'Provisional')], max_length=12)),
                ('to_status', models.CharField(choices=[('on_track', 'On track'), ('at_risk', 'At risk'), ('off_track', 'Off track'), ('achieved', 'Achieved'), ('met_at_cost', 'Met at a cost'), ('no_target', 'No target'), ('no_data', 'No data'), ('stale', 'Stale'), ('provisional', 'Provisional')], max_length=12)),
                ('from_signal', models.CharField(blank=True, choices=[('improving', 'Improving'), ('deteriorating', 'Deteriorating'), ('steady', 'Steady'), ('unknown', 'Unknown')], max_length=14)),
                ('to_signal', models.CharField(choices=[('improving', 'Improving'), ('deteriorating', 'Deteriorating'), ('steady', 'Steady'), ('unknown', 'Unknown')], max_length=14)),
                ('alert', models.CharField(blank=True, choices=[('improving', 'Improving'), ('deteriorating', 'Deteriorating'), ('steady', 'Steady'), ('unknown', 'Unknown')], help_text='What a calibrated alert on the newest period says; empty: none is new.', max_length=14)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('announced_at', models.DateTimeField(editable=False, null=True)),
                ('indicator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='indicators.indicator')),
            ],
            options={
                'ordering': ['-at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Verdict',
            fields=[
                ('indicator', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='verdict', serialize=False, to='indicators.indicator')),
                ('status', models.CharField(choices=[('on_track', 'On track'), ('at_risk', 'At risk'), ('off_track', 'Off track'), ('achieved', 'Achieved'), ('met_at_cost', 'Met at a cost'), ('no_target', 'No target'), ('no_data', 'No data'), ('stale', 'Stale'), ('provisional', 'Provisional')], default='no_data', max_length=12)),
                ('signal', models.CharField(choices=[('improving', 'Improving'), ('deteriorating', 'Deteriorating'), ('steady', 'Steady'), ('unknown', 'Unknown')], default='unknown', max_length=14)),
                ('candidate', models.CharField(blank=True, help_text='What the rules said before steadying and guard.', max_length=12)),
                ('needs_talk', models.BooleanField(default=False)),
                ('severity', models.SmallIntegerField(default=0, help_text='Order of talk, high first.')),
                ('reason', models.CharField(blank=True, help_text='Why, in one sentence.', max_length=300)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('period', models.DateField(help_text='First day of the judged period.', null=True)),
                ('value', indicators.models.exact.ExactDecimalField(null=True)),
                ('previous', indicators.models.exact.ExactDecimalField(null=True)),
                ('expected', indicators.models.exact.ExactDecimalField(null=True)),
                ('spark_starts', django.contrib.postgres.fields.ArrayField(base_field=models.DateField(), default=list, size=None)),
                ('spark_values', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(null=True), default=list, size=None)),
                ('spark_provisional', models.BooleanField(default=False)),
                ('measured_through', models.DateTimeField(null=True)),
                ('definition_version', models.PositiveIntegerField(null=True)),
                ('target_version', models.PositiveIntegerField(null=True)),
                ('alert_on', models.DateField(help_text='The newest period that the calibrated alerts tell of.', null=True)),
                ('computed_at', models.DateTimeField(null=True)),
                ('recheck_at', models.DateTimeField(help_text='When time alone changes it: a period ends, data goes stale.', null=True)),
                ('stale_since', models.DateTimeField(help_text='Judge it again: asked for at.', null=True)),
                ('stale_mark', models.BigIntegerField(default=0, help_text='Counts what asked for it.')),
                ('computed_mark', models.BigIntegerField(default=-1, help_text='The newest mark computed.')),
                ('claimed_at', models.DateTimeField(help_text='A worker took it at.', null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('stale_since__isnull', False)), fields=['indicator'], name='verdict_stale'), models.Index(fields=['recheck_at'], name='verdict_recheck')],
            },
        ),
        migrations.CreateModel(
            name='DefinitionVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('effective_on', models.DateField(help_text='First day; empty is since ever.', null=True)),
                ('fields', models.JSONField(default=dict)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('target_confirmed_at', models.DateTimeField(help_text='When somebody said that the target still holds.', null=True)),
                ('indicator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='indicators.indicator')),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['indicator', 'number'],
                'constraints': [models.UniqueConstraint(fields=('indicator', 'number'), name='definition_number_once')],
            },
        ),
        migrations.CreateModel(
            name='Measurement',
            fields=[
                ('pk', models.CompositePrimaryKey('indicator_id', 'at', blank=True, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('value', indicators.models.exact.ExactDecimalField(null=True)),
                ('numerator', indicators.models.exact.ExactDecimalField(null=True)),
                ('denominator', indicators.models.exact.ExactDecimalField(null=True)),
                ('note', models.CharField(blank=True, default='', max_length=500)),
                ('recorded_at', models.DateTimeField()),
                ('batch', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='measurements', to='indicators.batch')),
                ('indicator', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='measurements', to='indicators.indicator')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('value__isnull', False), ('denominator__isnull', False), _connector='OR'), name='measurement_has_value')],
            },
        ),
        migrations.AddConstraint(
            model_name='objective',
            constraint=models.CheckConstraint(condition=models.Q(('starts_on', None), ('ends_on', None), ('ends_on__gte', models.F('starts_on')), _connector='OR'), name='objective_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='rebase',
            constraint=models.UniqueConstraint(fields=('indicator', 'on'), name='rebase_once'),
        ),
        migrations.AddConstraint(
            model_name='sharing',
            constraint=models.UniqueConstraint(fields=('indicator', 'team'), name='sharing_once'),
        ),
        migrations.AddConstraint(
            model_name='sharing',
            constraint=models.UniqueConstraint(condition=models.Q(('as_kvi', True)), fields=('team',), name='sharing_one_kvi', violation_error_message="Another shared indicator is this team's KVI already."),
        ),
        migrations.AddIndex(
            model_name='indicator',
            index=models.Index(fields=['team', 'state'], name='indicator_team_state'),
        ),
        migrations.AddConstraint(
            model_name='indicator',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'kvi'), ('state', 'active')), fields=('team',), name='indicator_one_active_kvi', violation_error_message='The team has an active key value indicator already.'),
        ),
        migrations.AddConstraint(
            model_name='indicator',
            constraint=models.UniqueConstraint(condition=models.Q(('is_omtm', True), ('state', 'active')), fields=('team',), name='indicator_one_omtm', violation_error_message='The team has a metric that matters most already.'),
        ),
        migrations.AddConstraint(
            model_name='indicator',
            constraint=models.CheckConstraint(condition=models.Q(('minimum', None), ('maximum', None), ('maximum__gt', models.F('minimum')), _connector='OR'), name='indicator_maximum_above_minimum', violation_error_message='The maximum must lie above the minimum.'),
        ),
        migrations.AddConstraint(
            model_name='indicator',
            constraint=models.CheckConstraint(condition=models.Q(('factor__gt', 0)), name='indicator_factor_positive', violation_error_message='The factor must be above zero.'),
        ),
        migrations.AddIndex(
            model_name='superseded',
            index=models.Index(fields=['indicator', 'at'], name='superseded_indicator_at'),
        ),
        migrations.AddConstraint(
            model_name='target',
            constraint=models.UniqueConstraint(fields=('indicator', 'version'), name='target_version_once'),
        ),
        migrations.AddConstraint(
            model_name='target',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None), ('gives_status', True)), fields=('indicator',), name='target_one_gives_status'),
        ),
        migrations.AddConstraint(
            model_name='target',
            constraint=models.CheckConstraint(condition=models.Q(('tolerance__gte', 0)), name='target_tolerance_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='target',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'grow'), ('value__isnull', False), _connector='OR'), name='target_has_value', violation_error_message='A target needs a value.'),
        ),
        migrations.AddConstraint(
            model_name='milestone',
            constraint=models.UniqueConstraint(fields=('target', 'on'), name='milestone_once'),
        ),
        migrations.AddIndex(
            model_name='verdictchange',
            index=models.Index(fields=['indicator', '-at'], name='verdict_change_indicator'),
        ),
        migrations.AddIndex(
            model_name='verdictchange',
            index=models.Index(condition=models.Q(('announced_at__isnull', True)), fields=['id'], name='verdict_change_waiting'),
        ),
    ]
