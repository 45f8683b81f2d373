"""The world: Postgres, SMTP, Twilio, Flair, Jinja, Temporal's client, settings. Nothing here decides."""
