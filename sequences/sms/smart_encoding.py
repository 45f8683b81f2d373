"""What Twilio's Smart Encoding puts in place of typographic characters so that a text stays in GSM-7.

Source: Twilio, "List of characters replaced by Smart Encoding" (docs/messaging/services/smart-encoding-char-list), and
the answers of its segment calculator where that page is silent. Only ever used to *predict* the count of segments: the
text that we store and show is the one that was written.
"""

from __future__ import annotations

from typing import Final

# Replacement -> code points in hexadecimal, ranges inclusive. Spaces become two and a tab seven, as Twilio counts them.
_POINTS: Final = {
    "": "0000 0003-0004 0010-0014 0017 0019 200b-200c 2060 feff",
    " ": "2001 2028-2029",
    "  ": "0080 008d 0090 009b 009f-00a0 2000 2002-200a 202f 205f 3000",
    "       ": "0009",
    "!": "01c3 fe15 fe57 ff01",
    "!!": "203c",
    '"': "00ab 00bb 02ba 02ee 201c-201f 275d-275e 301d-301e ff02",
    "#": "fe5f ff03",
    "$": "fe69 ff04",
    "%": "fe6a ff05",
    "&": "fe60 ff06",
    "'": "0060 00b4 02b9 02bb-02bd 02c8 02ca-02cb 0313-0314 2018-2019 201b 275b-275c fe10-fe11 ff07",
    "(": "2768 276a 27ee 2985 fe59 ff08",
    ")": "2769 276b 27ef 2986 fe5a ff09",
    "*": "204e 2217 229b 2722-2725 2731-2733 273a-273d 2743 2749-274b 29c6 fe61 ff0a",
    "+": "02d6 fe62 ff0b",
    ",": "0326 201a 3001 fe50-fe51 ff0c ff64",
    "-": "2010 2013-2015 2022 2043 23bc-23bd fe63 ff0d",
    ".": "3002 fe52 ff0e ff61",
    "...": "2026",
    "/": "00f7 0337-0338 2044 2215 29f8 ff0f",
    "1/2": "00bd",
    "1/4": "00bc",
    "3/4": "00be",
    ":": "02d0 02f8 2982 a789 fe13 ff1a",
    ";": "204f fe14 fe54 ff1b",
    "<": "2039 fe64 ff1c",
    "=": "0347 a78a fe66 ff1d",
    ">": "203a fe65 ff1e",
    "?": "fe16 fe56 ff1f",
    "@": "fe6b ff20",
    "[": "ff3b",
    "\\": "20e5 29f5 29f9 fe68 ff3c",
    "]": "ff3d",
    "^": "02c6 0302 1dcd ff3e",
    "_": "0332 2017 ff3f",
    "{": "2774 fe5b ff5b",
    "|": "20d2-20d3 2223 239c 239f 23b8-23b9 23d0 ff5c",
    "}": "2775 fe5c ff5d",
    "~": "02dc 02f7 0303 0330 0334 223c ff5e",
}
_SMALL_CAPITALS: Final = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "ABCDEFGHIJKLMNOPRSTUVWYZ", strict=True))
_FULLWIDTH: Final = {chr(0xFEE0 + ord(char)): char for char in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


def _table() -> dict[int, str]:
    table = str.maketrans(_SMALL_CAPITALS | _FULLWIDTH)
    for replacement, points in _POINTS.items():
        for point in points.split():
            first, _, last = point.partition("-")
            for code in range(int(first, 16), int(last or first, 16) + 1):
                table[code] = replacement
    return table


_TABLE: Final = _table()


def smart_encode(text: str) -> str:
    """Returns ``text`` as Twilio would send it with ``SmartEncoded``; what has no likeness in GSM-7 stays."""
    return text.translate(_TABLE)
