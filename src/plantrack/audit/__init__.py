"""Audit bundles: written from a log, and verified by people who have neither the store nor reason to trust it.

The package needs ``merkle``, ``note``, ``signing``, ``errors`` and the standard library, and nothing else of plantrack:
an auditor can copy these and read them.
"""

from plantrack.audit.bundle import Entry, write_bundle
from plantrack.audit.verification import BundleReport, verify_bundle, verify_file

__all__ = ["BundleReport", "Entry", "verify_bundle", "verify_file", "write_bundle"]
