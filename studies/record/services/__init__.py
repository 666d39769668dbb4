"""Writing the audit trail, and forgetting a person in it.

``proof`` proves it whole and ``anchors`` copies its heads outside: commands and workers alone need
them.
"""

from studies.record.services.writing import PLATFORM, Held, forget, record, reseal_keys, together

__all__ = ["PLATFORM", "Held", "forget", "record", "reseal_keys", "together"]
