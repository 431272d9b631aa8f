"""The shared floor: API manners, formats, charts, form fields; it knows no model."""
