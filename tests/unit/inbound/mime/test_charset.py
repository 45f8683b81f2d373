"""Bytes to text: labels, tables, escape sequences, faults, and what nobody labels. All words here are made up."""

from __future__ import annotations

import endec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from webencodings.labels import LABELS

from sequences.inbound import parse_mail
from sequences.inbound.mime.charset import decode_text
from sequences.inbound.mime.charset_labels import codec_of
from sequences.inbound.mime.headers import decode_words

HEAD = b"From: sam@firm.example\nTo: dana@agency.example\nSubject: Re: A role\n"
ESC = b"\x1b"


@pytest.mark.parametrize("label", sorted(LABELS))
def test_every_label_of_the_standard_reads_ascii(label: str) -> None:
    text = decode_text("Take me off.\nA + B".encode("utf-16-le" if "utf-16" in label else "ascii"), label)
    assert text == "Take me off.\nA + B"


@pytest.mark.parametrize(
    ("label", "codec", "words"),
    [
        ("iso-8859-1", "cp1252", "Schon gut – „Tschüss“ 3 €"),
        ("us-ascii", "cp1252", "Désolé, ça ne m’intéresse pas"),
        ("latin1", "cp1252", "… d’accord"),
        ("iso-8859-9", "cp1254", "Teşekkürler – ilgilenmiyorum"),
        ("latin5", "cp1254", "İş aramıyorum “teklif”"),
        ("iso-8859-15", "iso-8859-15", "5 €, cœur"),
        ("iso-8859-2", "cp1250", "Děkuji – „nemám“ zájem, Štěpán"),
        (
            "iso-8859-7",
            "cp1253",
            "Δεν ενδιαφέρομαι – “όχι”",
        ),
        ("iso-8859-13", "cp1257", "Ačiū – neįdomu"),
        ("iso-8859-8", "cp1255", "לא מעוניין 5 ₪"),
        ("iso-8859-8-e", "cp1255", "תודה – לא"),
        ("iso-8859-11", "cp874", "ไม\u0e48สนใจ “คร\u0e31บ”"),
        ("tis-620", "cp874", "ขอบค\u0e38ณ …"),
        ("tis620.2533", "cp874", "ไม\u0e48"),
        ("koi8-r", "koi8-u", "Ні, дякую, їду"),
        ("win-1251", "cp1251", "Не пишите — № 5"),
        ("windows1251", "cp1251", "Нет"),
        ("cp-1250", "cp1250", "Nem érdekel, köszönöm, őszintén"),
        ("ibm852", "cp852", "Nem érdekel, ő"),
        ("cp850", "cp850", "Grüße"),
        ("cp866", "cp866", "Не надо"),
        ("macintosh", "mac-roman", "Grüße – “ok”"),
        ("x-mac-cyrillic", "mac-cyrillic", "Нет, спасибо"),
        ("x-mac-ce", "mac-latin2", "Děkuji"),
        ("gb2312", "gb18030", "朱镕基：不要再發 €"),
        ("gbk", "gb18030", "谢谢 𠂇"),
        ("x-gbk", "gbk", "谢谢你"),
        ("cp936", "gbk", "不用了，谢谢"),
        ("hz-gb-2312", "hz", "不用了"),
        ("cp950", "cp950", "謝謝，我沒有興趣"),
        ("big5-hkscs", "big5hkscs", "唔要再寄嘢"),
        ("ks_c_5601-1987", "cp949", "똑방각하 관심 없습니다"),
        ("uhc", "cp949", "관심 없어요 뽑"),
        ("shift_jis", "cp932", "①㈱ 興味はありません 髙"),
        ("ms_kanji", "cp932", "髙橋です"),
        ("sjis-win", "cp932", "Ⅱ ｱｲ"),
        ("utf-7", "utf-7", "Grüße – nein"),
        ("unicode-1-1-utf-7", "utf-7", "興味"),
        ("utf-16", "utf-16-be", "Grüße"),
        ("utf-16be", "utf-16-be", "謝謝你們"),
        ("unicode", "utf-16-le", "Grüße"),
        ("utf-16le", "utf-16", "with a mark"),
        ("utf-32", "utf-32-le", "Grüße"),
        ("utf8", "utf-8", "Grüße 😀"),
        ("utf8mb4", "utf-8", "謝謝"),
        ("johab", "johab", "관심"),
    ],
)
def test_labels_mean_what_programs_write_under_them(label: str, codec: str, words: str) -> None:
    assert decode_text(words.encode(codec), label) == words


@pytest.mark.parametrize(
    ("label", "written"),
    [
        ("UTF-8", '"UTF-8"'),
        ("utf-8", "'utf-8'"),
        ("utf-8", " utf-8 (Unicode)"),
        ("windows-1252", "CP1252"),
        ("windows-1252", "x-cp1252"),
        ("windows-1252", "ansi_1252"),
        ("windows-1252", "iso8859_1"),
        ("windows-1252", "8859-1"),
        ("iso-8859-15", "latin-9"),
        ("gb18030", "gb_2312-80"),
        ("shift_jis", "windows-31j"),
        ("shift_jis", "x-ms-cp932"),
        ("iso-2022-jp", "cp50220"),
        ("iso-2022-jp", "CP50221"),
        ("iso-2022-jp", "cp50222"),
        ("iso-2022-jp", "iso-2022-jp-ms"),
        ("iso-2022-jp", "ISO-2022-JP-2"),
        ("iso-2022-jp", "csISO2022JP"),
        ("euc-jp", "eucJP-ms"),
        ("euc-jp", "cp51932"),
        ("euc-kr", "cp949"),
        ("utf-16", "UCS-2"),
        ("big5", "x-x-big5"),
        ("", "unknown-8bit"),
        ("", "us-ascii"),
        ("", "8bit"),
        ("", "x-user-defined"),
        ("", "nonsense"),
        ("", "zlib"),
        ("", "base64"),
        ("", "rot13"),
        ("", ""),
        ("", "x" * 300),
    ],
)
def test_spellings_of_labels(label: str, written: str) -> None:
    assert codec_of(written) == label.lower()


# --- ISO 2022 --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["iso-2022-jp", "iso-2022-jp-ms", "cp50220", "cp50221", "", "utf-8", "us-ascii"])
def test_japanese_with_the_characters_of_nec_and_half_width_kana(label: str) -> None:
    raw = (
        ESC
        + b'$B-"-j'
        + ESC
        + b"(B ok "
        + ESC
        + b"(I1@9^"
        + ESC
        + b"(B\n"
        + ESC
        + b"$B6=L#"
        + ESC
        + b"(J!"
        + ESC
        + b"(B"
    )
    assert decode_text(raw, label) == "②㈱ ok ｱﾀｹﾞ\n興味!"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (ESC + b"$(D0!" + ESC + b"(B.", "丂."),
        (ESC + b"$(C0|" + ESC + b"(B.", "관."),
        (ESC + b"$A2;SC" + ESC + b"(B.", "不用."),
        (ESC + b"$(Q!A" + ESC + b"(B.", "〜."),
        (ESC + b"(J\\100~" + ESC + b"(B", "¥100‾"),
        (b"\x0e1@\x0f ok", "ｱﾀ ok"),
        ("관심 없음".encode("iso2022_kr"), "관심 없음"),
        (ESC + b"$B6=L#\nplain again", "興味\nplain again"),
        (ESC + b"$B6=L#$", "興味\ufffd"),
        (b'$B6=L#$O$"$j$^$;$s!#(B Sam', "興味はありません。 Sam"),
        (b"it is $B5 (B) or so", "it is $B5 (B) or so"),
        ("結構です".encode("euc-jp"), "結構です"),
        ("結構です".encode("cp932"), "結構です"),
        ("Grüße".encode(), "Grüße"),
    ],
)
def test_sets_that_are_switched(raw: bytes, words: str) -> None:
    assert decode_text(raw, "iso-2022-jp") == words


def test_a_subject_by_a_label_of_microsoft() -> None:
    assert decode_words("Re: =?cp50220?B?GyRCTEw+P0xCGyhC?= =?iso-2022-jp-ms?B?GyRCLSEbKEI=?=") == "Re: 面梢迷①"


# --- faults ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "label", "words"),
    [
        ("Grüße – bitte löschen".encode() + b" \xff.", "utf-8", "Grüße – bitte löschen \ufffd."),
        (b"\xfcber " + "Grüße, Löhne".encode(), "utf-8", "\ufffdber Grüße, Löhne"),
        ("Schön 😀".encode()[:-1], "utf-8", "Schön \ufffd"),
        ("ok 😀".encode()[:-2], "utf-8", "ok \ufffd"),
        ("ok ”".encode()[:-1], "", "ok \ufffd"),
        ("No ü".encode()[:-1], "utf-8", "No \ufffd"),
        (b"\x9f\x98\x80 " + "Grüße, äh".encode(), "utf-8", "\ufffd\ufffd\ufffd Grüße, äh"),
        (b"smile \xed\xa0\xbd\xed\xb8\x80", "utf-8", "smile 😀"),
        (b"\xef\xbb\xbfGr\xc3\xbc\xc3\x9fe", "iso-8859-1", "Grüße"),
        ("謝謝".encode("big5") + b"\x80" + "我沒有興趣".encode("big5"), "big5", "謝謝\ufffd我沒有興趣"),
    ],
)
def test_one_fault_costs_one_character(raw: bytes, label: str, words: str) -> None:
    assert decode_text(raw, label) == words


LANGUAGES = {
    "cp1252": "Non merci, désolé, je ne suis pas intéressé",
    "cp1251": "Спасибо, мне это не интересно",
    "koi8-r": "Пожалуйста, больше не пишите",
    "cp1253": "Ευχαριστώ, δεν ενδιαφέρομαι",
    "cp1255": "תודה, אין לי עניין",
    "cp1256": "شكرا، لا أرغب في ذلك",
    "cp874": "ขอบค\u0e38ณ แต\u0e48ไม\u0e48สนใจ",
    "gb18030": "谢谢，我没有兴趣，请不要再联系",
    "big5": "謝謝，我沒有興趣，請不要再聯絡",
    "cp949": "감사합니다만 관심이 없습니다",
    "euc-jp": "ご連絡は不要です。配信を停止してください。",
    "cp932": "ご連絡は不要です。配信を停止してください。",
}


@pytest.mark.parametrize("label", ["", "us-ascii", "utf-8", "unknown-8bit", "x-user-defined"])
@pytest.mark.parametrize("codec", LANGUAGES)
def test_what_nobody_labels_is_judged_by_what_would_stand_there(codec: str, label: str) -> None:
    assert decode_text(LANGUAGES[codec].encode(codec), label) == LANGUAGES[codec]


@pytest.mark.parametrize("label", ["iso-8859-1", "windows-1252"])
@pytest.mark.parametrize("codec", LANGUAGES)
def test_another_script_is_not_believed_to_be_latin(codec: str, label: str) -> None:
    assert decode_text(LANGUAGES[codec].encode(codec), label) == LANGUAGES[codec]


@pytest.mark.parametrize(
    "label",
    [
        "iso-8859-1",
        "windows-1252",
        "iso-8859-15",
        "iso-8859-2",
        "windows-1250",
        "windows-1254",
        "koi8-r",
        "windows-1251",
        "gb2312",
        "big5",
        "euc-kr",
        "windows-1256",
        "macintosh",
        "utf-16",
        "us-ascii",
    ],
)
@pytest.mark.parametrize("words", sorted(set(LANGUAGES.values())))
def test_utf8_is_known_under_any_name(label: str, words: str) -> None:
    assert decode_text(words.encode(), label) == words


@pytest.mark.parametrize(
    ("codec", "label"),
    [
        (codec, label)
        for codec, label in (
            ("cp1252", "iso-8859-1"),
            ("cp1251", "windows-1251"),
            ("koi8-r", "koi8-r"),
            ("cp1253", "windows-1253"),
            ("cp1255", "windows-1255"),
            ("cp1256", "windows-1256"),
            ("cp874", "windows-874"),
            ("gb18030", "gb2312"),
            ("big5", "big5"),
            ("cp949", "euc-kr"),
            ("euc-jp", "euc-jp"),
            ("cp932", "shift_jis"),
        )
    ],
)
@given(data=st.data())
def test_a_true_label_is_believed_also_of_a_few_characters(data: st.DataObject, codec: str, label: str) -> None:
    words = LANGUAGES[codec].split()[0]
    text = words[: data.draw(st.integers(1, len(words)))]
    assert decode_text(text.encode(codec), label) == text


def test_a_charset_that_stands_elsewhere_in_the_mail_helps() -> None:
    no = "Нет".encode("koi8-r")
    form = (
        b"--b\nContent-Type: text/plain\n\n"
        + no
        + b"\n--b\nContent-Type: text/html; charset=koi8-r\n\n<p>"
        + no
        + b"</p>\n--b--\n"
    )
    found = parse_mail(HEAD + b"Content-Type: multipart/alternative; boundary=b\n\n" + form)
    assert found.reply_text == "Нет"


@pytest.mark.parametrize(
    ("country", "codec", "text"),
    [
        ("lt", "cp1257", "Labas, ačiū, bet darbo neieškau. Daugiau nerašykite."),
        ("is", "cp1252", "Góðan dag, ég hef ekki áhuga á þessu"),
        ("hu", "cp1250", "Köszönöm, nem érdekel, őszintén szólva"),
        ("ru", "cp1251", "Нет"),
        ("example", "cp1252", "ik ben niet geïnteresseerd"),
        ("com", "cp1252", "No thanks – we’re fine"),
    ],
)
def test_where_the_sender_lives_helps(country: str, codec: str, text: str) -> None:
    raw = (
        f"From: Sam <sam@firm.{country}>\nContent-Type: text/plain\nSubject: ".encode()
        + text.encode(codec)
        + b"\n\n"
        + text.encode(codec)
    )
    found = parse_mail(raw)
    assert (found.subject, found.text) == (text, text)


def test_eight_bits_in_a_header_are_in_the_charset_of_the_text() -> None:
    words = "面试的事"
    raw = (
        b"From: sam@firm.example\nSubject: "
        + words.encode("gbk")
        + b"\nContent-Type: text/plain; charset=gb2312\n\n"
        + words.encode("gbk")
    )
    found = parse_mail(raw)
    assert (found.subject, found.reply_text) == (words, words)


@pytest.mark.parametrize(
    "head",
    [
        b'<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">',
        b"<meta charset='koi8-r'>",
        b'<?xml version="1.0" encoding="koi8-r"?>',
    ],
)
def test_html_names_its_own_charset_where_the_mail_does_not(head: bytes) -> None:
    words = "Нет, спасибо"
    found = parse_mail(
        HEAD + b"Content-Type: text/html\n\n<html><head>" + head + b"</head><body>" + words.encode("koi8-r")
    )
    assert found.reply_text == words


@given(
    st.binary(max_size=400), st.sampled_from(["", *sorted(set(LABELS)), "cp50221", "utf-7", "hz", "utf-32", "johab"])
)
def test_any_bytes_are_text_by_any_label(raw: bytes, label: str) -> None:
    text = decode_text(raw, label, hint=label)
    assert text.encode("utf-8", "strict") or not text
    assert "\r" not in text


@given(st.text(st.characters(codec="euc_jp", exclude_categories=("C", "Z"), exclude_characters="¥‾"), max_size=80))
def test_what_python_writes_in_iso_2022_jp_is_read_back(text: str) -> None:
    plain = text.encode("iso2022_jp", "ignore").decode("iso2022_jp")
    # The standard and Python differ in a few signs of that table (wave dash, minus and the like).
    if endec.decode(plain.encode("euc_jp"), "euc-jp") == plain:
        assert decode_text(plain.encode("iso2022_jp"), "iso-2022-jp") == plain
