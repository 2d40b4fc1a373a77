"""The indexer: validates what was uploaded, files it, and keeps the index pages true."""
