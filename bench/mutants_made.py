"""Small wrong changes to one file of the program: each is what a slip of the hand may make, at one place of its text."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

COMPARED: Mapping[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"), ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="), ast.Is: ("is", "is not"), ast.IsNot: ("is not", "is"), ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}  # fmt: skip
"""Operator -> as it is written, and what is written in its place."""
COUNTED: Mapping[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"), ast.FloorDiv: ("//", "/"),
    ast.Mod: ("%", "*"), ast.Pow: ("**", "*"), ast.BitOr: ("|", "&"), ast.BitAnd: ("&", "|"),
}  # fmt: skip
CALLS: Mapping[str, str] = {"min": "max", "max": "min", "any": "all", "all": "any"}
UNTOUCHED = ("annotation", "returns", "decorator_list", "type_params")
_NAME = re.compile(r"[a-z][a-z_]+")
"""A text that is a code or a column's name. What people read is held by the tests of the wording."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is written instead of the bytes from one place to another."""

    kind: str
    start: int
    end: int
    instead: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file with one change. `line`: where; `text`: the whole file as it is then; `before`, `after`: the line of the change."""

    path: str
    line: int
    kind: str
    text: str
    before: str
    after: str

    @property
    def name(self) -> str:
        """What it is, whatever stands above it in the file."""
        return f"{self.path}: {self.before} -> {self.after}"


class Source:
    """A file, its tree, and where a node of the tree stands in its bytes."""

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._bytes = text.encode()
        self._starts = [0]
        for line in self._bytes.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def mutants(self) -> Iterator[Mutant]:
        """Every mutant, in the order of the tree."""
        for change in self._of(ast.parse(self._bytes)):
            mutated = self._bytes[: change.start] + change.instead.encode() + self._bytes[change.end :]
            line = self._bytes.count(b"\n", 0, change.start) + 1
            after = mutated.splitlines()[line - 1].decode().strip()
            yield Mutant(
                self._path, line, change.kind, mutated.decode(), self._bytes.splitlines()[line - 1].decode().strip(), after
            )

    def _of(self, tree: ast.AST) -> Iterator[Change]:
        """The changes below a node; types, decorators, docstrings and texts with places in them are let be."""
        for field, value in ast.iter_fields(tree):
            for node in value if isinstance(value, list) else [value]:
                if field in UNTOUCHED or not isinstance(node, ast.AST) or isinstance(node, ast.JoinedStr) or _is_docstring(node):
                    continue
                if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
                    yield self._instead("return", node.value, "None")
                yield from self._changes(node)
                if not _is_type(node):
                    yield from self._of(node)

    def _changes(self, node: ast.AST) -> Iterator[Change]:
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            for place, op in enumerate(node.ops):
                yield from self._between("comparison", sides[place], sides[place + 1], COMPARED[type(op)])
        elif isinstance(node, ast.BoolOp):
            words = ("or", "and") if isinstance(node.op, ast.Or) else ("and", "or")
            for left, right in zip(node.values, node.values[1:], strict=False):
                yield from self._between("boolean", left, right, words)
        elif isinstance(node, ast.Constant):
            yield from (self._instead("constant", node, other) for other in _other_constants(node.value))
        else:
            yield from self._one_change(node)

    def _one_change(self, node: ast.AST) -> Iterator[Change]:
        match node:
            case ast.BinOp(left=left, op=op, right=right) if type(op) in COUNTED:
                yield from self._between("arithmetic", left, right, COUNTED[type(op)])
            case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
                yield self._instead("unary", node, self._text(operand))
            case ast.IfExp(body=body, test=test, orelse=other):
                yield self._instead("choice", node, f"{self._text(other)} if {self._text(test)} else {self._text(body)}")
            case ast.Call(func=ast.Name(id=name) as called) if name in CALLS:
                yield self._instead("call", called, CALLS[name])

    def _between(self, kind: str, left: ast.expr, right: ast.expr, words: tuple[str, str]) -> Iterator[Change]:
        """Another operator between two sides."""
        start, end = self._span(left)[1], self._span(right)[0]
        found = self._bytes.find(words[0].encode(), start, end)
        if found >= 0:
            yield Change(kind, found, found + len(words[0]), words[1])

    def _instead(self, kind: str, node: ast.expr, text: str) -> Change:
        return Change(kind, *self._span(node), text)

    def _text(self, node: ast.expr) -> str:
        start, end = self._span(node)
        return self._bytes[start:end].decode()

    def _span(self, node: ast.expr) -> tuple[int, int]:
        last, column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return self._starts[node.lineno - 1] + node.col_offset, self._starts[last - 1] + column


def mutants_of(path: str, text: str) -> list[Mutant]:
    """Every mutant of a file that is Python."""
    return [mutant for mutant in Source(path, text).mutants() if _is_python(mutant.text)]


def _other_constants(value: object) -> list[str]:
    if isinstance(value, bool):
        return [str(not value)]
    if isinstance(value, int | float):
        return [repr(value + 1)]
    return [f'"not_{value}"'] if isinstance(value, str) and _NAME.fullmatch(value) else []


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_type(node: ast.AST) -> bool:
    """`Literal["a"]`, `dict[str, int]` and the like: what a subscripted name of a type holds says nothing at run time."""
    return isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id[:1].isupper()


def _is_python(text: str) -> bool:
    try:
        compile(text, "mutant", "exec")
    except SyntaxError:
        return False
    return True
