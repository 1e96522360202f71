"""What the rows of a table are about, told by its columns."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from server.knowledge.sheets.columns import ATTRIBUTE, Column
from server.knowledge.sheets.records import RecordKind

NAMING = frozenset(("code", "parent", "style", "product", "name"))
RELATED = frozenset(("alias", "category", "fits", "replaces", "replaced_by", "goes_with"))
FAULTY = frozenset(("fault_code", "symptom", "cause", "remedy"))
FAQ = frozenset(("question", "answer", "wordings", "verbatim", "language"))


def find_kind(columns: Sequence[Column], given: str | None = None) -> RecordKind | None:
    """Return what the rows of a table with these columns are about; None for nothing that is known.

    Where the operator said that a document has products or questions, less is needed, and nothing else is looked for.
    """
    terms = {column.term for column in columns if column.is_known}
    if given in (None, "faq") and {"question", "answer"} <= terms:
        return "faq"
    if given == "faq":
        return None
    if _is_faults(terms):
        return "fault"
    named = terms & {"code", "bare_code", "parent", "product", "name"}
    evidence = terms & (RELATED | {ATTRIBUTE, "parent", "style"})
    if given == "products":
        return "product" if named and len(columns) > 1 else None
    has_code = bool(terms & {"code", "bare_code", "parent"})
    has_name = bool(terms & {"name", "product"})
    is_product = (has_code and (has_name or evidence)) or (has_name and len(evidence) > 0)
    return "product" if is_product else None


def _is_faults(terms: Collection[str]) -> bool:
    """Whether rows are faults: what happens, or its code, and why or what to do. `问题` may be what happens."""
    has_fault = bool({"fault_code", "symptom"} & set(terms))
    if "remedy" in terms or "cause" in terms:
        return has_fault or "question" in terms or {"cause", "remedy"} <= set(terms)
    return "fault_code" in terms and bool({"symptom", "answer", "product", "code", "fits", "name"} & set(terms))


def assign(columns: Iterable[Column], kind: RecordKind) -> list[Column]:
    """Return columns with what they hold in a table of that kind; what has no meaning there is an attribute."""
    columns = list(columns)
    terms = {column.term for column in columns}
    meant = _MEANT[kind]
    assigned = []
    for column in columns:
        term = column.term
        if kind == "fault":
            term = _assign_fault(term, terms)
        elif kind in ("product", "variant", "category"):
            term = _assign_product(term, terms)
        assigned.append(replace(column, term=term if term in meant else ATTRIBUTE))
    return assigned


def _assign_fault(term: str, terms: Collection[str]) -> str:
    match term:
        case "bare_code" if "fault_code" not in terms:
            return "fault_code"
        case "name" if "symptom" not in terms:
            return "symptom"
        case "question" if "symptom" not in terms:
            return "symptom"
        case "answer" if "remedy" not in terms:
            return "remedy"
        case "code" | "bare_code" | "parent" | "fits":
            return "product"
        case "name":
            return "product_name"
    return term


def _assign_product(term: str, terms: Collection[str]) -> str:
    match term:
        case "bare_code":
            return "code"
        case "product" if "name" not in terms:
            return "name"
        case "product" if not {"code", "bare_code"} & set(terms):
            return "code"
        case "product":
            return "alias"
    return term


_MEANT: dict[RecordKind, frozenset[str]] = {
    "product": NAMING | RELATED,
    "variant": NAMING | RELATED,
    "category": frozenset(("code", "name", "alias")),
    "fault": FAULTY | {"product", "product_name", "alias"},
    "faq": FAQ,
}
