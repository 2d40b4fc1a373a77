"""The authenticator: decides every viewer request at the edge. Standard library and bcrypt only.

Modules, the most basic first: records, errors, log, headers, clock, deadline, sigv4, location, connection,
reader, authorization, globs, policy, toml_lines, toml_nodes, policy_file, store, tokens, htpasswd, budget,
credentials, claims, negotiation, routing, responses, gate, handler.
"""
