"""What a private simple index is made of: names, metadata and pages. No I/O.

Modules, the most basic first: errors, filenames, keys, model, metadata, archives, pep691, html.
"""
