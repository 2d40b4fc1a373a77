"""Where distributions come from when an index is filled from what there was before.

A source says which projects it has, what it offers of each, and hands its files out one by one, verified:

    folders, buckets    trees of files, which differ in how they are walked and read (`trees`)
    indexes             another simple repository API, by HTTP (`pages`, `visits`)
"""

from serverless_pypi.sources.finding import find_source, is_bucket, is_web
from serverless_pypi.sources.offers import Fetched, Offer, Offered, Source, Stray

__all__ = ["Fetched", "Offer", "Offered", "Source", "Stray", "find_source", "is_bucket", "is_web"]
