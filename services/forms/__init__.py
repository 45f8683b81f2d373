"""Forms: what their pages show, and what happens when one comes in."""
