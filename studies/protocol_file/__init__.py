"""A protocol as one YAML file: read strictly, written readably."""

from studies.protocol_file.schema import Protocol, normalise, read_protocol
from studies.protocol_file.writing import write_protocol

__all__ = ["Protocol", "normalise", "read_protocol", "write_protocol"]
