"""What ails a consumer's machine: what its clients are told, and what the index says to them.

From the most basic: `places`, `mends`, `findings` and `index_urls` are the nouns; ``…_settings`` read
what a client is told into `settings`; `connection`, `certificates` and `index_answers` ask the index;
``judging_…`` take values and return findings; `examination` is the story, `report` what is printed.
No password, token or line of a netrc file is in anything that is printed.
"""
