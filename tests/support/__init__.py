"""What tests share: worlds, models, data."""
