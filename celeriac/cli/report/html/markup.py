"""Elements and their text; escaping is left to the serializer, so that none can be forgotten.

https://docs.python.org/3/library/xml.etree.elementtree.html
"""

from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET  # written only: nothing is parsed

from celeriac.cli.report.words import clean

Inside = ET.Element | str | None


def tag(name: str, /, *inside: Inside, **attributes: str | None) -> ET.Element:
    """Make an element; an attribute is written `class_` or `data_label`, one that is None is left out.

    >>> write(tag("td", "a < b", tag("b", "&"), class_="figure"))
    '<td class="figure">a &lt; b<b>&amp;</b></td>'
    """
    made = ET.Element(name, {_name(key): clean(value) for key, value in attributes.items() if value is not None})
    last: ET.Element | None = None
    for one in inside:
        if isinstance(one, str):
            if last is None:
                made.text = (made.text or "") + clean(one)
            else:
                last.tail = (last.tail or "") + clean(one)
        elif one is not None:
            made.append(one)
            last = one
    return made


def group(*inside: Inside, class_: str | None = None) -> ET.Element:
    """Keep elements together."""
    return tag("div", *inside, class_=class_)


def prose(sentence: str) -> list[Inside]:
    """Set what stands in backquotes as code.

    >>> [one if isinstance(one, str) else write(one) for one in prose("Run `celeriac resume` now.")]
    ['Run ', '<code>celeriac resume</code>', ' now.']
    """
    return [tag("code", part) if place % 2 else part for place, part in enumerate(sentence.split("`"))]


def table(
    caption: str, columns: Sequence[str], rows: Iterable[Sequence[Inside]], *, figures: Iterable[str]
) -> ET.Element:
    """Lay out rows; each cell knows its column's name, which a narrow screen shows beside it."""
    numeric = frozenset(figures)
    head = [tag("th", name, scope="col", class_="figure" if name in numeric else None) for name in columns]
    body = [
        tag("tr", *(_cell(name, inside, name in numeric) for name, inside in zip(columns, row, strict=True)))
        for row in rows
    ]
    return tag("table", tag("caption", caption), tag("thead", tag("tr", *head)), tag("tbody", *body))


def write(element: ET.Element) -> str:
    """Serialize as HTML."""
    return ET.tostring(element, encoding="unicode", method="html")


def _cell(name: str, inside: Inside, numeric: bool) -> ET.Element:
    empty = inside is None or inside == ""
    kinds = " ".join(kind for kind, holds in (("figure", numeric), ("empty", empty)) if holds)
    return tag("td", inside, class_=kinds or None, data_label=name)


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")
