"""The frozen sentence encoders: found, checked, loaded, calculated with."""
