"""What the screens of the console show: one function a screen, each a frozen model."""
