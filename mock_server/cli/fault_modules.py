"""Loads the user's own faults from Python modules, for --fault-module, and finds faults by name, for --fault."""

import argparse
import os
import re
import sys
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType

from mock_server.core.spelling import did_you_mean
from mock_server.faults.catalogue import Catalogue
from mock_server.faults.named_fault import NamedFault

PACKAGE = str(Path(__file__).parents[1])
EXAMPLE = 'FAULTS = [fault("my-fault", "", "does something wrong", wrapper)]'


def load_faults(name: str) -> list[NamedFault]:
    """Import a module of the present folder or the environment, and return its FAULTS. Raises ValueError."""
    if not re.fullmatch(r"[^\W\d]\w*(\.[^\W\d]\w*)*", name) or name.endswith(".py"):
        raise ValueError(
            f"takes the name of a module, such as my_faults for the file my_faults.py, not {name!r}"
        )
    faults = getattr(_import(name), "FAULTS", None)
    values = faults.values() if isinstance(faults, Mapping) else faults
    if not isinstance(values, Iterable) or isinstance(values, str):
        raise ValueError(f"the module {name} has no list FAULTS; add {EXAMPLE}")
    found = list(values)
    for index, fault in enumerate(found):
        if not isinstance(fault, NamedFault):
            kind = type(fault).__name__
            raise ValueError(f"FAULTS[{index}] of the module {name} is of type {kind}; use {EXAMPLE}")
    names = [fault.name for fault in found]
    repeated = next((one for one in names if names.count(one) > 1), None)
    if repeated is not None:
        raise ValueError(f"the module {name} has two faults {repeated!r}; use different names")
    return found


def own_faults(given: argparse.Namespace) -> list[NamedFault]:
    """Return the faults of all modules of the user."""
    return [fault for faults in given.fault_module for fault in faults]


def create_catalogue(given: argparse.Namespace) -> Catalogue:
    """Return all faults that the options make known. Raises ValueError for a name that exists twice."""
    try:
        return Catalogue(own_faults(given))
    except ValueError as error:
        raise ValueError(f"--fault-module: {error}") from None


def select_faults(given: argparse.Namespace) -> tuple[NamedFault, ...]:
    """Return the faults that the options switch on. Raises ValueError for an unknown name."""
    catalogue = create_catalogue(given)
    try:
        return tuple(catalogue.find(name) for name in given.fault)
    except ValueError as error:
        raise ValueError(f"--fault: {error}") from None


def _import(name: str) -> ModuleType:
    here = Path.cwd()
    if str(here) not in sys.path:
        sys.path.insert(0, str(here))  # a console script finds only installed modules
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise _broken(name, error) from None
        others = did_you_mean(name, [path.stem for path in here.glob("*.py")])
        raise ValueError(
            f"there is no module {name} in {here} or among the installed packages; use another name{others}"
        ) from None
    except Exception as error:  # whatever the user's code raises
        raise _broken(name, error) from None


def _broken(name: str, error: Exception) -> ValueError:
    """Return an error with the reason and the line of the user's code."""
    trace, line = error.__traceback__, ""
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if not file.startswith(("<", PACKAGE)) and f"{os.sep}importlib{os.sep}" not in file:
            line = f" ({file}, line {trace.tb_lineno})"
        trace = trace.tb_next
    if isinstance(error, SyntaxError):
        line = ""  # the message has it
    reason = " ".join(str(error).split())
    return ValueError(f"the module {name} cannot be imported: {type(error).__name__}: {reason}{line}")
