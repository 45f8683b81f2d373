"""What strangers and authors hand to us, broken at random: nothing may crash, take long, or take much memory."""
