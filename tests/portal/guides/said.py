"""Reads out of the sources which error codes the gateway can say, and how."""

import ast
from dataclasses import dataclass
from typing import Any

from proxyapp.errors import Problem
from tests.architecture.source import modules, name, tree

_ELSEWHERE = "proxyapp/sandbox/"  # a provider's codes, not ours


@dataclass(frozen=True)
class Said:
    """`waits`: it names a time after which the same request may succeed; `hint` as far as it is written."""

    code: str
    status: int
    waits: bool
    hint: str = ""

    @property
    def is_retryable(self) -> bool:
        problem = Problem(self.status, self.code, "", retry_after=1 if self.waits else None)
        return problem.retryable


def everything_said() -> set[Said]:
    """By every class of errors, by every place that raises one, and by every problem written out."""
    trees = [tree(path) for path in modules("proxyapp") if not name(path).startswith(_ELSEWHERE)]
    classes = _classes(trees)
    found = set(classes.values())
    for node in (node for module in trees for node in ast.walk(module)):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called in classes:
                found.add(_raised(node, classes[called]))
            elif called == "Problem":
                found |= _written_out(node)
    return found


def _classes(trees: list[ast.Module]) -> dict[str, Said]:
    """What each class of errors says where nothing else is given; a class without words has its base's."""
    found: dict[str, Said] = {}
    nodes = [node for module in trees for node in ast.walk(module) if isinstance(node, ast.ClassDef)]
    ours = {"GatewayError"}
    while more := [node for node in nodes if node.name not in found and _is_of(node, ours)]:
        for node in more:
            base = next((found[word] for word in _bases(node) if word in found), Said("", 0, False))
            given = _attributes(node)
            found[node.name] = Said(given.get("code", base.code), given.get("status", base.status), False)
        ours |= found.keys()
    return found


def _is_of(node: ast.ClassDef, ours: set[str]) -> bool:
    return node.name in ours or bool(ours & set(_bases(node)))


def _bases(node: ast.ClassDef) -> list[str]:
    return [getattr(base, "id", "") for base in node.bases]


def _attributes(node: ast.ClassDef) -> dict[str, Any]:
    """`code = …`, and `status, code = …`."""
    found: dict[str, Any] = {}
    for line in node.body:
        if isinstance(line, ast.Assign):
            words = ast.unparse(line.targets[0]).strip("()").split(", ")
            value = ast.literal_eval(line.value)
            found |= zip(words, value if len(words) > 1 else [value], strict=True)
    return found


def _raised(node: ast.Call, usual: Said) -> Said:
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    code, status = given.get("code"), given.get("status")
    assert code is None or isinstance(code, ast.Constant), f"line {node.lineno}: a code is written out"
    return Said(
        code=ast.literal_eval(code) if code else usual.code,
        status=ast.literal_eval(status) if isinstance(status, ast.Constant) else usual.status,
        waits="retry_after" in given,
        hint=_words(given.get("hint")),
    )


def _written_out(node: ast.Call) -> set[Said]:
    """Nothing where the problem is put together from what its caller gives."""
    given = dict(zip(Problem.__struct_fields__, node.args, strict=False))
    given |= {str(keyword.arg): keyword.value for keyword in node.keywords}
    status, code = given["status"], given["code"]
    if not isinstance(code, ast.Constant):
        return set()
    return {
        Said(
            ast.literal_eval(code),
            ast.literal_eval(status),
            "retry_after" in given,
            _words(given.get("hint")),
        )
    }


def _words(node: ast.expr | None) -> str:
    """What is written out in an expression."""
    parts = ast.walk(node) if node else ()
    return " ".join(
        part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)
    )
