"""Writing a protocol so that a person likes to read it."""

from typing import Any

import yaml

from studies.protocol_file.schema import Protocol


class _Dumper(yaml.SafeDumper):
    """Indents lists, and writes long text as it reads."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def write_protocol(protocol: Protocol) -> str:
    """YAML that ``read_protocol`` reads back to the same ``protocol``."""
    body = yaml.dump(
        {**protocol, "format": int(protocol["format"])},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=96,
    )
    return f"# Protocol of study {protocol['study']['code']}\n{body}"
