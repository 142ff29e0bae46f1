"""The syntax of expressions: what is refused before Python's parser sees it, and what it then may hold."""

from __future__ import annotations

import ast
import re

from plantrack.rules.language.habits import habit

MAX_CHARACTERS = 2_000
MAX_DEPTH = 24
MAX_NODES = 300
MAX_QUANTIFIERS = 2
MAX_WAYS = 100
MAX_DIGITS = 15  # with more, two numbers could look alike to ast, which reads floats

_NUMBER = re.compile(r"(?<!\w)\.?\d[\w.]*")
_PLAIN = re.compile(rf"(?=(?:\.?\d){{1,{MAX_DIGITS}}}\.?\Z)\d*\.?\d*")
_STRING = re.compile(r"'[^'\\\x00-\x1f]*'|\"[^\"\\\x00-\x1f]*\"")
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.Is: "is",
    ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
SIGNS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
ALLOWED = "allowed: fields, comparisons, and / or / not, + - * /, in, functions, and any(... for x in list)"


class ExpressionError(Exception):
    """Wrong at an offset of an expression's text; the pack turns it into a :class:`RuleSourceError` with its place."""

    def __init__(self, message: str, offset: int = 0, width: int = 1, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.offset, self.width, self.hint = message, offset, width, hint


def one_line(text: str) -> str:
    """An expression of several lines on one; offsets stay those of the text."""
    return re.sub(r"[\t\r\n]", " ", text)


def parse(text: str) -> ast.expr:
    """Refuse what would trouble Python's parser before it sees it, then parse."""
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(f"longer than {MAX_CHARACTERS} characters")
    if not text.strip():
        raise ExpressionError("the expression is empty")
    bare = _STRING.sub(lambda m: "'" * len(m.group()), text)
    if (at := bare.find("\\")) >= 0 or (at := bare.find("#")) >= 0:
        raise ExpressionError(f"{bare[at]!r} is not allowed in an expression", at)
    for offset, character in enumerate(bare):
        if not (character.isascii() and character.isprintable()):
            raise ExpressionError("outside quotes only plain ASCII characters are allowed", offset)
    depth = run = 0
    for offset, character in enumerate(bare):
        depth += (character in "([{") - (character in ")]}")
        run = run + 1 if character in "-~+" else run * (character == " ")
        if depth > MAX_DEPTH or run > 64:
            raise ExpressionError(f"nested more than {MAX_DEPTH} deep", offset)
    for number in _NUMBER.finditer(bare):
        if not _PLAIN.fullmatch(number.group()):
            said = f"a number is written with at most {MAX_DIGITS} digits and a point"
            raise ExpressionError(said, number.start(), len(number.group()))
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as wrong:
        if (meant := habit(bare)) is not None:
            written = text[meant.start : meant.end]
            raise ExpressionError(f"cannot read '{written}' here", meant.start, len(written), meant.hint) from None
        offset = getattr(wrong, "offset", None) or len(text.strip()) + 1  # 0 where the end came too early
        at = len(text) - len(text.lstrip()) + offset - 1
        hint = "to compare, write ==" if re.search(r"[^=<>!]=[^=]", bare) else None
        raise ExpressionError(f"cannot read this: {getattr(wrong, 'msg', wrong)}", at, 1, hint) from None


_WORDS: dict[type[ast.AST], str] = {
    ast.Lambda: "a lambda", ast.ListComp: "a list in brackets with `for`", ast.SetComp: "a set",
    ast.DictComp: "a dictionary", ast.Dict: "a dictionary", ast.Set: "a set", ast.Subscript: "an index in brackets",
    ast.JoinedStr: "an f-string", ast.NamedExpr: "an assignment", ast.Await: "await", ast.Yield: "yield",
    ast.YieldFrom: "yield", ast.Starred: "a star", ast.IfExp: "`if ... else`", ast.Tuple: "a tuple",
    ast.Slice: "a slice", ast.Pow: "'**'", ast.Mod: "'%'", ast.FloorDiv: "'//'", ast.LShift: "'<<'", ast.RShift: "'>>'",
    ast.BitAnd: "'&'", ast.BitOr: "'|'", ast.BitXor: "'^'", ast.MatMult: "'@'", ast.Invert: "'~'",
    ast.UAdd: "a plus sign in front",
}  # fmt: skip


def words_for(node: ast.AST) -> str:
    """What a piece of Python that no rule may hold is called."""
    return _WORDS.get(type(node), f"this ({type(node).__name__})")
