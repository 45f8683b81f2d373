"""How the shipped model was made: corpus, fitting, calibration, evaluation."""
