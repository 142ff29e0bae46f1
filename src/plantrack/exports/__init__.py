"""A plan in forms that others take: the whole log, lossless; its provenance; its dates."""

from plantrack.exports.calendar import calendar_text
from plantrack.exports.lines import Export, Restored, export_lines, read_export
from plantrack.exports.prov import prov_json, set_by, subject_of

__all__ = ["Export", "Restored", "calendar_text", "export_lines", "prov_json", "read_export", "set_by", "subject_of"]
