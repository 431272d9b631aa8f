
import datetime
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import indicators.models.exact
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('indicators', '0001_initial'),
        ('teams', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('keep', 'Keep'), ('act', 'Act'), ('change_target', 'Change target'), ('change_definition', 'Change definition'), ('retire', 'Retire')], max_length=18)),
                ('reason', models.TextField(help_text='What do we see, and why?')),
                ('doing', models.TextField(blank=True, help_text='What will we do?')),
                ('decided_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('expected_effect', indicators.models.exact.ExactDecimalField(blank=True, help_text='Change of the value.', null=True)),
                ('check_on', models.DateField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, choices=[('waiting', 'Waiting for its date'), ('moved', 'Moved beyond limits'), ('nothing', 'No detectable effect'), ('opposite', 'Moved the other way'), ('early', 'Too early to say')], max_length=8)),
                ('outcome_detail', models.JSONField(blank=True, null=True)),
                ('checked_at', models.DateTimeField(blank=True, null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='decisions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-decided_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=120)),
                ('scheduled_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('open', 'Open'), ('closed', 'Closed')], default='open', max_length=6)),
                ('opened_at', models.DateTimeField()),
                ('agenda_at', models.DateTimeField(editable=False, help_text='When the agenda was built last.', null=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('summary', models.TextField(blank=True)),
                ('closed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('opened_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reviews', to='teams.team')),
            ],
            options={
                'ordering': ['-scheduled_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Action',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=300)),
                ('due_on', models.DateField(blank=True, null=True)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='actions', to=settings.AUTH_USER_MODEL)),
                ('decision', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='actions', to='reviews.decision')),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='actions', to='reviews.review')),
            ],
            options={
                'ordering': ['done_at', 'due_on', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ReviewItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('group', models.CharField(choices=[('talk', 'Needs a decision'), ('inform', 'For information')], default='inform', max_length=8)),
                ('reason', models.CharField(blank=True, help_text='Why it needs talk.', max_length=300)),
                ('commentary', models.TextField(blank=True)),
                ('commented_at', models.DateTimeField(blank=True, null=True)),
                ('status', models.CharField(blank=True, choices=[('on_track', 'On track'), ('at_risk', 'At risk'), ('off_track', 'Off track'), ('achieved', 'Achieved'), ('met_at_cost', 'Met at a cost'), ('no_target', 'No target'), ('no_data', 'No data'), ('stale', 'Stale'), ('provisional', 'Provisional')], max_length=12)),
                ('signal', models.CharField(blank=True, choices=[('improving', 'Improving'), ('deteriorating', 'Deteriorating'), ('steady', 'Steady'), ('unknown', 'Unknown')], max_length=14)),
                ('frozen', models.JSONField(blank=True, null=True)),
                ('commented_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('indicator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='review_items', to='indicators.indicator')),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='reviews.review')),
            ],
            options={
                'ordering': ['review', 'position'],
            },
        ),
        migrations.AddField(
            model_name='decision',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='reviews.reviewitem'),
        ),
        migrations.CreateModel(
            name='ReviewPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(default='Monthly review', max_length=80)),
                ('cadence', models.CharField(choices=[('weekly', 'Every week'), ('monthly', 'Every month'), ('quarterly', 'Every quarter')], default='monthly', max_length=10)),
                ('weekday', models.PositiveSmallIntegerField(default=2, help_text='1 is Monday.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(7)])),
                ('nth', models.PositiveSmallIntegerField(default=2, help_text='Which such weekday of the month, 1 to 4; 5 is the last.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)])),
                ('meets_at', models.TimeField(default=datetime.time(10, 0))),
                ('minutes', models.PositiveSmallIntegerField(default=45, validators=[django.core.validators.MinValueValidator(5), django.core.validators.MaxValueValidator(480)])),
                ('remind_days', models.PositiveSmallIntegerField(default=2, help_text='The review opens this many days before, for commentary.', validators=[django.core.validators.MaxValueValidator(6)])),
                ('is_active', models.BooleanField(default=True)),
                ('next_at', models.DateTimeField(editable=False, null=True)),
                ('attendees', models.ManyToManyField(blank=True, related_name='review_plans', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='review_plans', to='teams.team')),
            ],
            options={
                'ordering': ['team', 'name'],
            },
        ),
        migrations.AddField(
            model_name='review',
            name='plan',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='reviews', to='reviews.reviewplan'),
        ),
        migrations.AddConstraint(
            model_name='reviewitem',
            constraint=models.UniqueConstraint(fields=('review', 'indicator'), name='review_item_once'),
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('expected_effect', None), ('check_on__isnull', False), _connector='OR'), name='decision_prediction_has_date', violation_error_message='A prediction needs a date on which it is checked.'),
        ),
        migrations.AddConstraint(
            model_name='reviewplan',
            constraint=models.CheckConstraint(condition=models.Q(('weekday__range', (1, 7))), name='review_plan_weekday'),
        ),
        migrations.AddConstraint(
            model_name='reviewplan',
            constraint=models.CheckConstraint(condition=models.Q(('nth__range', (1, 5))), name='review_plan_nth'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.UniqueConstraint(fields=('plan', 'scheduled_at'), name='review_once_a_slot'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('state', 'open')), models.Q(('closed_at__isnull', False), ('state', 'closed')), _connector='OR'), name='review_closed_has_time'),
        ),
    ]
