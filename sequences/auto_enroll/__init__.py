"""Auto-enrollment rules: what they mean, what is odd about them, and why they never loop."""
