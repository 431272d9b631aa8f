"""What may be a derived indicator, and what pages say of where its values come from."""
