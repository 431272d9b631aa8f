"""PostgreSQL, Redis and the processes of an installation, started from the packages' binaries."""
