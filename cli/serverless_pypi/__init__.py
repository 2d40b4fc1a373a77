"""The operator's and publisher's command. What it does can be done by hand with ``aws s3`` as well.

A command is a module of `commands`: its options, and a function that tells the story. The nouns that it is
told with are the modules beside. None of them is imported before its command is asked for.
"""
