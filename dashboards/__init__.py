"""See: pages that read everything and decide nothing."""
