"""Mistakes in a source file, each in words that name the key and the mend."""

from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from crawlers.source_file import SourceFile

NAMED = 6
"""Mistakes of one file that are named, at most."""
_PLAIN = {
    "missing": "is missing",
    "string_type": "must be text; put it in quotes",
    "too_short": "must name one at least",
}


def say_problems(error: ValidationError) -> str:
    """Put all that is wrong with a source file on one line."""
    found = list(dict.fromkeys(map(_say, error.errors())))
    more = [f"and {len(found) - NAMED} more"] if len(found) > NAMED else []
    return "; ".join((*found[:NAMED], *more))


def _say(problem: ErrorDetails) -> str:
    place = problem["loc"]
    key = ".".join(map(str, place))
    kind, value = problem["type"], ascii(problem["input"])[:60]
    if kind == "extra_forbidden":
        return (
            f"unknown key '{key}'; known keys are {', '.join(_model_at(place[:-1]).model_fields)}"
        )
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        what = f"'{key}'" if key else "the file"
        return f"{what} must be keys with their values, such as `{_example(place)}`"
    if kind == "string_pattern_mismatch":
        return f"'{key}': {value} is no code of two letters, such as en or ur"
    if kind == "tuple_type":
        model = _model_at(place)
        example = "[en, ur]" if model is SourceFile else f"`- {_example(place)}`"
        return f"'{key}' must be a list, such as {example}"
    if kind in _PLAIN:
        return f"'{key}' {_PLAIN[kind]}"
    return f"'{key}': {problem['msg'].removeprefix('Value error, ')}"


def _example(place: tuple[int | str, ...]) -> str:
    first = next(iter(_model_at(place).model_fields))
    return f"{first}: Valley Herald" if not place else f"{first}: ..."


def _model_at(place: tuple[int | str, ...]) -> type[BaseModel]:
    """Find the block of a source file that a place lies in."""
    model: type[BaseModel] = SourceFile
    for part in place:
        if isinstance(part, str) and part in model.model_fields:
            annotation = model.model_fields[part].annotation
            inner = next(iter(get_args(annotation)), annotation)
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                model = inner
    return model
