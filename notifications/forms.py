"""What people fill in about being told."""

from __future__ import annotations

from django import forms

from notifications.models import Preference


class PreferenceForm(forms.ModelForm[Preference]):
    """Which topics a person wants to hear of."""

    class Meta:
        model = Preference
        fields = ["reminders", "alerts", "reviews"]
