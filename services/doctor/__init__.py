"""What is wrong with an installation, each with the command that helps."""
