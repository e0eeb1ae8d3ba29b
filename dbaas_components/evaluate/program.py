"""A program given by its path."""

from __future__ import annotations

import runpy
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import yaml

from dbaas_components.evaluate.errors import EvaluationError

# sys.path, sys.modules and sys.argv are the process's: two programs by path cannot use them at once.
_INTERPRETER = threading.RLock()


def load(program: Callable[[], Any] | Path) -> tuple[Callable[[], Any], str | None]:
    """The program's body as a function, and the folder that `pulumi.get_root_directory()` gives.

    Raises:
        EvaluationError: it is neither a function nor a path with a program.
    """
    if not isinstance(program, Path):
        if not callable(program):
            raise EvaluationError(f"the program is a {type(program).__name__}; give a function or a pathlib.Path")
        return program, None
    script = _script(program)

    def body() -> Any:
        with _as_main(script):
            # As the language host does it: the program is the main module.
            runpy.run_path(str(script), run_name="__main__")

    return body, str(program if program.is_dir() else program.parent)


def _script(path: Path) -> Path:
    if path.is_file():
        return path.resolve()
    folder = path
    settings = path / "Pulumi.yaml"
    if settings.is_file():
        content: Any = yaml.safe_load(settings.read_text(encoding="utf-8"))
        main = cast("dict[str, Any]", content).get("main") if isinstance(content, dict) else None
        folder = path / main if isinstance(main, str) else path
    script = folder if folder.is_file() else folder / "__main__.py"
    if not script.is_file():
        raise EvaluationError(f'"{path}" is not a Pulumi program; give a folder with a __main__.py, or the file itself')
    return script.resolve()


@contextmanager
def _as_main(script: Path) -> Generator[None]:
    """The script's folder comes first on the import path, and what it imported from there is forgotten afterwards.

    Without that, the `settings` of one program would be the `settings` of the next.
    """
    with _INTERPRETER:
        folder = script.parent
        path, modules = list(sys.path), set(sys.modules)
        sys.path.insert(0, str(folder))
        try:
            yield
        finally:
            sys.path[:] = path
            for name in set(sys.modules) - modules:
                file = getattr(sys.modules[name], "__file__", None)
                if file is not None and folder in Path(file).resolve().parents:
                    del sys.modules[name]
