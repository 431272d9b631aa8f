"""Annotations and comments."""

from __future__ import annotations

from typing import Any

from django import forms

from indicators.models import Annotation, Comment
from web.form_fields import day_input, short_text


class AnnotationForm(forms.ModelForm[Annotation]):
    """An event on the time axis."""

    whole_team = forms.BooleanField(
        required=False, label="On all charts of the team", help_text="An outage, a reorganisation."
    )

    class Meta:
        model = Annotation
        fields = ["on", "text"]
        labels = {"on": "When", "text": "What happened"}
        widgets = {"on": day_input()}

    def __init__(self, *args: Any, has_indicator: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_indicator:
            del self.fields["whole_team"]


class CommentForm(forms.ModelForm[Comment]):
    """A question or remark."""

    text = forms.CharField(max_length=4000, label="Comment", widget=short_text(3))

    class Meta:
        model = Comment
        fields = ["text", "period"]
        labels = {"period": "Period it is about"}
        help_texts = {
            "period": "First day of the period. Leave it empty to comment on the definition."
        }
        widgets = {"period": day_input()}
