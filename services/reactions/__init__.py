"""What came back to a run: scored, judged, acted on."""
