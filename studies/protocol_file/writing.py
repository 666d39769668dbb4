"""Writing a protocol so that a person likes to read it."""

from typing import Any

import yaml

from studies.protocol_file.later import PARTS
from studies.protocol_file.questionnaires import short
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


def _short(protocol: Protocol) -> Protocol:
    """Without what a protocol that was never amended need not say."""
    screening = protocol["screening"]
    kept = {
        **protocol,
        "arms": [_from_the_first(item) for item in protocol["arms"]],
        "visits": [_from_the_first(item) for item in protocol["visits"]],
        "screening": {
            kind: [_from_the_first(item) for item in lines] for kind, lines in screening.items()
        },
    }
    for name in ("amendments", "questionnaires", "form_files"):
        kept.pop(name, None)
    if protocol.get("questionnaires"):
        kept["questionnaires"] = [short(item) for item in protocol["questionnaires"]]
    if not protocol.get("edit_checks"):
        kept.pop("edit_checks", None)
    if protocol.get("amendments"):
        kept["amendments"] = [_amendment(part) for part in protocol["amendments"]]
    for name, part in PARTS.items():
        items = kept.pop(name, None)
        if items:
            kept[name] = [part.short(item) for item in items]
    return kept


def _amendment(part: dict[str, Any]) -> dict[str, Any]:
    """Without what it does not change, and without words for what is taken away."""
    short = {name: _changes(part[name]) for name in ("changes", "before")}
    return {name: value for name, value in {**part, **short}.items() if value not in ("", {}, [])}


def _changes(told: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {part: [_item(item) for item in items] for part, items in told.items() if items}


def _item(one: Any) -> Any:
    if not isinstance(one, dict) or "gone" not in one:
        return one
    if one["gone"]:
        return {"code": one["code"], "gone": True}
    return {name: value for name, value in one.items() if name != "gone"}


def _from_the_first(item: dict[str, Any]) -> dict[str, Any]:
    usual = {"since": 1, "until": None}
    return {
        name: value for name, value in item.items() if name not in usual or value != usual[name]
    }


def write_protocol(protocol: Protocol) -> str:
    """YAML that ``read_protocol`` reads back to the same ``protocol``."""
    body = yaml.dump(
        {**_short(protocol), "format": int(protocol["format"])},
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=96,
    )
    return f"# Protocol of study {protocol['study']['code']}\n{body}"
