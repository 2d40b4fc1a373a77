"""The local stack: the very handlers that AWS runs, over an S3 of this machine."""
