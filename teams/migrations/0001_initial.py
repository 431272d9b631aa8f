
import django.contrib.postgres.fields
import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import teams.models.organisation
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('timezone', models.CharField(blank=True, max_length=64, validators=[teams.models.organisation.known_time_zone])),
                ('is_active', models.BooleanField(default=True)),
                ('is_administrator', models.BooleanField(default=False, help_text='May do everything in every team, and sees the admin.')),
                ('keyboard_shortcuts', models.BooleanField(default=True)),
                ('joined_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                'ordering': ['name', 'email'],
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_without_case')],
            },
        ),
        migrations.CreateModel(
            name='AccessToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(editable=False, max_length=16, unique=True)),
                ('secret_hash', models.CharField(editable=False, max_length=64)),
                ('name', models.CharField(max_length=80)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), default=list, size=None)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('last_used_at', models.DateTimeField(editable=False, null=True)),
                ('revoked_at', models.DateTimeField(editable=False, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tokens', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(default='Our organisation', max_length=120)),
                ('timezone', models.CharField(default='UTC', max_length=64, validators=[teams.models.organisation.known_time_zone])),
                ('week_start', models.PositiveSmallIntegerField(default=1, help_text='First day of the week, 1 is Monday and 7 is Sunday.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(7)])),
                ('fiscal_year_start', models.PositiveSmallIntegerField(default=1, help_text='Month in which the fiscal year begins, 1 is January.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(12)])),
                ('currency', models.CharField(default='EUR', max_length=8)),
                ('locale', models.CharField(default='en', max_length=12)),
                ('notice', models.CharField(blank=True, help_text='Shown on every page, for example where data is from.', max_length=300)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='organisation_single_row'), models.CheckConstraint(condition=models.Q(('week_start__range', (1, 7))), name='organisation_week_start'), models.CheckConstraint(condition=models.Q(('fiscal_year_start__range', (1, 12))), name='organisation_fiscal_year_start')],
            },
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('slug', models.SlugField(max_length=80, unique=True)),
                ('path', models.CharField(default='', editable=False, help_text='Ids from the root to this team, as /1/4/9/.', max_length=255)),
                ('purpose', models.CharField(blank=True, max_length=300)),
                ('visibility', models.CharField(choices=[('organisation', 'Everyone in the organisation'), ('members', 'Members only')], default='organisation', max_length=12)),
                ('notice', models.CharField(blank=True, help_text="Shown on the team's pages, such as where data is from.", max_length=400)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('lead', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='leads', to=settings.AUTH_USER_MODEL)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='teams.team')),
            ],
            options={
                'ordering': ['position', 'name'],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('viewer', 'Viewer'), ('contributor', 'Contributor'), ('manager', 'Manager')], default='viewer', max_length=12)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='teams.team')),
            ],
        ),
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True, default=django.utils.timezone.now, editable=False)),
                ('action', models.CharField(max_length=60)),
                ('subject', models.CharField(blank=True, max_length=200)),
                ('detail', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('actor', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('token', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='teams.accesstoken')),
                ('team', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='teams.team')),
            ],
            options={
                'verbose_name_plural': 'audit entries',
                'ordering': ['-at', '-id'],
            },
        ),
        migrations.AddField(
            model_name='accesstoken',
            name='teams',
            field=models.ManyToManyField(blank=True, related_name='tokens', to='teams.team'),
        ),
        migrations.AddIndex(
            model_name='team',
            index=models.Index(fields=['path'], name='team_path', opclasses=['varchar_pattern_ops']),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(fields=('user', 'team'), name='membership_once'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['viewer', 'contributor', 'manager'])), name='membership_role'),
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['team', '-at'], name='audit_team_at'),
        ),
    ]
