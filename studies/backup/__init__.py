"""Backup and restore: the whole installation in one encrypted, incremental, verified copy.

A *snapshot* is the database at one moment, as rows that either database can take (``rows``), and
the list of the private files of that moment. Files are kept once, however many snapshots name
them. All is encrypted for ``BACKUP_RECIPIENTS`` (age, https://age-encryption.org/v1): who can only
write backups cannot read them.
"""
