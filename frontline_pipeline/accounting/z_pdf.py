"""The Z-report's document as a PDF: A4, one font, the same bytes for the same document.

Belongs here: pages, columns, and letters the font has.
Does not: what the document says (z_document.py), write files.
"""

from __future__ import annotations

import io
import re
import unicodedata
from typing import TYPE_CHECKING

from frontline_pipeline.accounting.model import ZReport
from frontline_pipeline.accounting.z_document import Section, ZDocument, z_document
from frontline_pipeline.accounting.z_statistics import ZStatistics

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

_WIDTH, _HEIGHT = 595.276, 841.890
_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, _WIDTH - 56.0, _HEIGHT - 56.0, 60.0
_LINE, _SIZE, _SMALL = 13.0, 9.5, 7.5
_PLAIN, _BOLD = "Helvetica", "Helvetica-Bold"
#: Widths of the right-aligned columns, in points; the first column has the rest.
_COLUMN = 92.0
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
#: Letters that have no base letter of their own in Unicode.
_STAND_INS = str.maketrans(
    {"Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "ŋ": "n", "Ŋ": "N", "−": "-", "\u202f": " ", "\xa0": " "}
)


def z_pdf(z: ZReport, company_name: str, organisation_number: str, statistics: ZStatistics | None = None) -> bytes:
    """The PDF of a proven Z; see z_document.z_document for what stands in it."""
    return render_pdf(z_document(z, company_name, organisation_number, statistics))


def render_pdf(document: ZDocument) -> bytes:
    """A4 pages as bytes. No clock, no random id, no compression: equal documents give equal bytes.

    The font covers Western European letters (æøå among them); others are shown by their base letter, else as `?`.
    """
    # Here, since most of the pipeline never makes a PDF and the import takes a quarter of a second.
    from reportlab.pdfgen.canvas import Canvas

    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(_WIDTH, _HEIGHT), invariant=1, pageCompression=0)
    canvas.setTitle(printable(document.title))
    canvas.setAuthor("frontline_pipeline")
    _Page(canvas, document).draw()
    canvas.save()
    return buffer.getvalue()


def printable(text: str) -> str:
    """Text in letters that the font has, on one line."""
    out = []
    for letter in _UNPRINTABLE.sub(" ", text).translate(_STAND_INS):
        if _has(letter):
            out.append(letter)
        else:
            base = "".join(each for each in unicodedata.normalize("NFKD", letter) if _has(each))
            out.append(base or ("" if unicodedata.combining(letter) else "?"))
    return "".join(out)


def _has(letter: str) -> bool:
    try:
        letter.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


class _Page:
    """Draws a document from top to bottom and turns pages."""

    def __init__(self, canvas: Canvas, document: ZDocument) -> None:
        self._canvas = canvas
        self._document = document
        self._y = _TOP
        self._number = 1

    def draw(self) -> None:
        self._text(_LEFT, self._document.title, _BOLD, 16.0)
        self._y -= 2 * _LINE
        for label, value in self._document.facts:
            self._room(1)
            self._text(_LEFT, label, _PLAIN, _SIZE)
            self._text(_LEFT + 130, value, _BOLD, _SIZE, room=_RIGHT - _LEFT - 130)
            self._y -= _LINE
        for section in self._document.sections:
            self._section(section)
        self._y -= _LINE
        for note in self._document.notes:
            for line in self._wrapped(note):
                self._room(1)
                self._text(_LEFT, line, _PLAIN, _SMALL)
                self._y -= _LINE * 0.8
        self._foot()

    def _section(self, section: Section) -> None:
        # A heading never stands alone at the foot of a page.
        self._room(4)
        self._y -= _LINE
        self._text(_LEFT, section.title, _BOLD, 11.0)
        self._y -= _LINE * 1.2
        self._heads(section)
        for row in section.rows:
            if self._room(1):
                self._heads(section)
            self._row(row, _PLAIN, _SIZE)

    def _heads(self, section: Section) -> None:
        self._row(section.heads, _BOLD, _SMALL)
        self._canvas.setLineWidth(0.4)
        self._canvas.line(_LEFT, self._y + _LINE - 3, _RIGHT, self._y + _LINE - 3)

    def _row(self, texts: tuple[str, ...], font: str, size: float) -> None:
        columns = len(texts) - 1
        self._text(_LEFT, texts[0], font, size, room=_RIGHT - _LEFT - columns * _COLUMN)
        for position, text in enumerate(texts[1:], start=1):
            right = _RIGHT - (columns - position) * _COLUMN
            shown = printable(text)
            # A number is never cut: one that is too wide is written smaller.
            width = self._canvas.stringWidth(shown, font, size)
            self._canvas.setFont(font, size * min(1.0, (_COLUMN - 6) / width) if width else size)
            self._canvas.drawRightString(right, self._y, shown)
        self._y -= _LINE

    def _text(self, x: float, text: str, font: str, size: float, room: float = _RIGHT - _LEFT) -> None:
        self._canvas.setFont(font, size)
        self._canvas.drawString(x, self._y, self._fitted(printable(text), font, size, room))

    def _fitted(self, text: str, font: str, size: float, room: float) -> str:
        if self._canvas.stringWidth(text, font, size) <= room:
            return text
        while text and self._canvas.stringWidth(f"{text}…", font, size) > room:
            text = text[:-1]
        return f"{text}…"

    def _wrapped(self, note: str) -> list[str]:
        lines = [""]
        for word in printable(note).split():
            longer = f"{lines[-1]} {word}".strip()
            if self._canvas.stringWidth(longer, _PLAIN, _SMALL) > _RIGHT - _LEFT and lines[-1]:
                lines.append(word)
            else:
                lines[-1] = longer
        return lines

    def _room(self, lines: int) -> bool:
        """Turn the page when fewer than `lines` fit; whether it was turned."""
        if self._y - lines * _LINE >= _BOTTOM:
            return False
        self._foot()
        self._canvas.showPage()
        self._number += 1
        self._y = _TOP
        return True

    def _foot(self) -> None:
        self._canvas.setFont(_PLAIN, _SMALL)
        self._canvas.drawString(_LEFT, _BOTTOM - 24, printable(self._document.title))
        self._canvas.drawRightString(_RIGHT, _BOTTOM - 24, f"Side {self._number}")
