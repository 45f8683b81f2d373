"""What several rooms of tests share: models, rigs and stand-ins."""
