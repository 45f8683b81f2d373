"""What stands against an enrollment, and what somebody should know when one begins."""
