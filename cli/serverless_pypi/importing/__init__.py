"""Filling an index from a source, as an operator may: files go straight under their canonical keys.

wanted      which projects, and what is left out
holdings    what the index has of a project
planning    what is to be done for a project
taking      what becomes of a file
deposits    a file put where it belongs
listing     waiting for the pages
report      what was and what was not taken
"""
