"""The authenticator: decides every viewer request at the edge. Standard library and bcrypt only.

Modules, the most basic first: errors, log, headers, deadline, sigv4, location, reader, store, authorization,
tokens, htpasswd, negotiation, routing, responses, credentials, handler.
"""
