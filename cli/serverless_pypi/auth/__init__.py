"""What stands under ``auth/`` in the bucket: who may come in, and what they may read."""
