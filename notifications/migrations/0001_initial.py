
import django.db.models.deletion
import django.utils.timezone
import uuid
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
            name='Preference',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='preference', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('reminders', models.BooleanField(default=True, verbose_name='Reminders: values, commentary, actions and re-evaluations that are due')),
                ('alerts', models.BooleanField(default=True, verbose_name='Alerts: the status changed, or there is a signal')),
                ('reviews', models.BooleanField(default=True, verbose_name='Reviews: invitations and minutes')),
            ],
        ),
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('occasion', models.CharField(help_text='What it is about, such as value-due:conversion:2026-11-01.', max_length=200)),
                ('kind', models.CharField(max_length=40)),
                ('channel', models.CharField(choices=[('email', 'E-mail')], default='email', max_length=10)),
                ('context', models.JSONField(default=dict, help_text='What the templates are rendered with.')),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('sending', 'Sending'), ('sent', 'Sent'), ('failed', 'Failed, will be tried again'), ('dead', 'Given up')], default='queued', max_length=8)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('lease_until', models.DateTimeField(null=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('error', models.TextField(blank=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('recipient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notifications', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='notifications', to='teams.team')),
            ],
            options={
                'ordering': ['-created_at'],
                'indexes': [models.Index(condition=models.Q(('state__in', ['queued', 'failed', 'sending'])), fields=['next_attempt_at'], name='notification_waiting')],
                'constraints': [models.UniqueConstraint(fields=('occasion', 'recipient', 'channel'), name='notification_once')],
            },
        ),
    ]
