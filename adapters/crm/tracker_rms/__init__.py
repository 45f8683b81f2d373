"""TrackerRMS, by its REST API of 2025 (https://evoglapi.tracker-rms.com/swagger)."""
