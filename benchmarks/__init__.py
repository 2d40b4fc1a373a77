"""What is measured, with the command that repeats it: `make benchmark`."""
