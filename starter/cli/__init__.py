"""The command line. Modules here import little: a command pays for what it needs, ``relance --help`` for nothing."""
