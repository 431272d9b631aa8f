"""The organisation, its people, teams, roles, tokens and audit trail. Knows no other app."""
