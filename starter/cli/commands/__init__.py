"""The commands of ``relance``, one file for each."""
