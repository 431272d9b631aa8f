"""New process limits: from when on, and what has changed."""

from __future__ import annotations

from django import forms

from web.form_fields import day_input, short_text


class RebaseForm(forms.Form):
    """A shift that is understood."""

    on = forms.DateField(widget=day_input(), label="From")
    note = forms.CharField(max_length=300, label="What has changed?", widget=short_text())
