"""The authenticator: decides every viewer request at the edge. Standard library and bcrypt only.

Modules, the most basic first: errors, sigv4, authorization, tokens, htpasswd, negotiation, routing,
responses, store, credentials, handler.
"""
