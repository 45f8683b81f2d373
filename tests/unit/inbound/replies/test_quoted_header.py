"""Headers and attributions of quoted mail in many languages, told by what they hold. All mails here are made up."""

# ruff: noqa: E501 - mails stand here as they come over the wire
from __future__ import annotations

import pytest

from sequences.inbound.replies.thread import Thread, fold_subject
from tests.support.mails import read

OWN = "No thanks, not for us."
OURS = "Hi Ana, are you hiring welders?\n\nDana"
QUOTED = "\n".join(f"> {line}" for line in OURS.split("\n"))


# From, sent, to and subject as Outlook writes them, and a date of that language.
OUTLOOK = {
    "sq": ("Nga", "Dërguar", "Për", "Subjekti", "e martë, 20 prill 2027 9:00 PD"),
    "ar": ("من", "تم الإرسال", "إلى", "الموضوع", "الثلاثاء، 20 أبريل 2027 09:00 ص"),
    "hy": ("Ումից", "Ուղարկված", "Ում", "Թեմա", "20 ապրիլի 2027 թ. 09:00"),
    "az": ("Kimdən", "Göndərildi", "Kimə", "Mövzu", "20 aprel 2027-ci il, çərşənbə axşamı 09:00"),
    "eu": ("Nork", "Bidalita", "Nori", "Gaia", "2027(e)ko apirilaren 20(a), asteartea 09:00"),
    "be": ("Ад", "Адпраўлена", "Каму", "Тэма", "20 красавіка 2027 г. 09:00"),
    "bn": ("থেকে", "পাঠানো হয়েছে", "প্রতি", "বিষয়", "২০ এপ্রিল ২০২৭ ০৯:০০"),
    "bg": ("От", "Изпратено", "До", "Относно", "вторник, 20 април 2027 г. 9:00"),
    "ca": ("De", "Enviat", "Per a", "Tema", "dimarts, 20 d’abril de 2027 9:00"),
    "zh-hant": ("寄件者", "寄件日期", "收件者", "主旨", "2027年4月20日 星期二 上午 9:00"),
    "zh-hans": ("发件人", "发送时间", "收件人", "主题", "2027年4月20日 星期二 9:00"),
    "hr": ("Šalje", "Poslano", "Prima", "Predmet", "utorak, 20. travnja 2027. 9:00"),
    "cs": ("Od", "Odesláno", "Komu", "Předmět", "úterý 20. dubna 2027 9:00"),
    "da": ("Fra", "Sendt", "Til", "Emne", "tirsdag 20. april 2027 09.00"),
    "nl": ("Van", "Verzonden", "Aan", "Onderwerp", "dinsdag 20 april 2027 09:00"),
    "et": ("Saatja", "Saadetud", "Adressaat", "Teema", "teisipäev, 20. aprill 2027 09:00"),
    "fi": ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe", "tiistai 20. huhtikuuta 2027 9.00"),
    "fr": ("De", "Envoyé", "À", "Objet", "mardi 20 avril 2027 09:00"),
    "gl": ("De", "Enviado", "Para", "Asunto", "martes, 20 de abril de 2027 9:00"),
    "ka": ("ვისგან", "გაგზავნილია", "ვის", "თემა", "20 აპრილი, 2027 09:00"),
    "de": ("Von", "Gesendet", "An", "Betreff", "Dienstag, 20. April 2027 09:00"),
    "el": ("Από", "Στάλθηκε", "Προς", "Θέμα", "Τρίτη, 20 Απριλίου 2027 9:00 πμ"),
    "he": ("מאת", "נשלח", "אל", "נושא", "יום שלישי 20 אפריל 2027 09:00"),
    "hi": ("प्रेषक", "भेजा गया", "प्रति", "विषय", "20 अप्रैल 2027 09:00"),
    "hu": ("Feladó", "Elküldve", "Címzett", "Tárgy", "2027. április 20., kedd 9:00"),
    "is": ("Frá", "Sent", "Til", "Efni", "þriðjudagur, 20. apríl 2027 09:00"),
    "id": ("Dari", "Dikirim", "Kepada", "Subjek", "20 April 2027 09.00"),
    "ga": ("Ó", "Seolta", "Chuig", "Ábhar", "Dé Máirt 20 Aibreán 2027 09:00"),
    "it": ("Da", "Inviato", "A", "Oggetto", "martedì 20 aprile 2027 09:00"),
    "ja": ("差出人", "送信日時", "宛先", "件名", "2027年4月20日火曜日 9:00"),
    "kk": ("Кімнен", "Жіберілді", "Кімге", "Тақырып", "2027 ж. 20 сәуір 09:00"),
    "ko": ("보낸 사람", "보낸 날짜", "받는 사람", "제목", "2027년 4월 20일 화요일 오전 9:00"),
    "lv": ("No", "Nosūtīts", "Kam", "Tēma", "otrdiena, 2027. gada 20. aprīlis 09:00"),
    "lt": ("Nuo", "Išsiųsta", "Kam", "Tema", "2027 m. balandžio 20 d., antradienis 09:00"),
    "mk": ("Од", "Испратено", "До", "Тема", "вторник, 20 април 2027 09:00"),
    "ms": ("Daripada", "Dihantar", "Kepada", "Subjek", "20 April 2027 9:00 PG"),
    "mt": ("Minn", "Mibgħut", "Lil", "Suġġett", "20 ta' April 2027 09:00"),
    "nb": ("Fra", "Sendt", "Til", "Emne", "tirsdag 20. april 2027 09:00"),
    "fa": ("از", "ارسال شده", "به", "موضوع", "سه\u200cشنبه ۲۰ آوریل ۲۰۲۷ ۰۹:۰۰"),
    "pl": ("Od", "Wysłano", "Do", "Temat", "wtorek, 20 kwietnia 2027 09:00"),
    "pt": ("De", "Enviado", "Para", "Assunto", "20 de abril de 2027 09:00"),
    "ro": ("De la", "Trimis", "Către", "Subiect", "marți, 20 aprilie 2027 09:00"),
    "ru": ("От", "Отправлено", "Кому", "Тема", "20 апреля 2027 г. 9:00"),
    "sr": ("Од", "Послато", "За", "Наслов", "уторак, 20. април 2027. 09:00"),
    "sk": ("Od", "Odoslané", "Komu", "Predmet", "utorok 20. apríla 2027 9:00"),
    "sl": ("Od", "Poslano", "Za", "Zadeva", "torek, 20. april 2027 09:00"),
    "es": ("De", "Enviado el", "Para", "Asunto", "martes, 20 de abril de 2027 9:00"),
    "sv": ("Från", "Skickat", "Till", "Ämne", "den 20 april 2027 09:00"),
    "sw": ("Kutoka", "Imetumwa", "Kwa", "Mada", "20 Aprili 2027 09:00"),
    "ta": ("அனுப்புநர்", "அனுப்பியது", "பெறுநர்", "பொருள்", "20 ஏப்ரல் 2027 09:00"),
    "th": ("จาก", "ส่งเมื่อ", "ถึง", "เรื่อง", "20 เมษายน 2570 9:00"),
    "tr": ("Kimden", "Gönderildi", "Kime", "Konu", "20 Nisan 2027 Salı 09:00"),
    "uk": ("Від", "Надіслано", "Кому", "Тема", "20 квітня 2027 р. 9:00"),
    "ur": ("منجانب", "بھیجا گیا", "بنام", "موضوع", "20 اپریل 2027 09:00"),
    "vi": ("Từ", "Đã gửi", "Đến", "Chủ đề", "20 Tháng Tư 2027 9:00 SA"),
    "cy": ("Oddi wrth", "Anfonwyd", "At", "Pwnc", "20 Ebrill 2027 09:00"),
    "af": ("Van", "Gestuur", "Aan", "Onderwerp", "Dinsdag 20 April 2027 09:00"),
    "lb": ("Vum", "Geschéckt", "Un", "Sujet", "Dënschdeg, 20. Abrëll 2027 09:00"),
    "fil": ("Mula kay", "Ipinadala", "Para kay", "Paksa", "Abril 20, 2027 9:00 AM"),
    "ne": ("बाट", "पठाइएको", "लाई", "विषय", "२०२७ अप्रिल २० ०९:००"),
}


def header(language: str, *, addresses: bool = True) -> list[str]:
    """The four lines of a quoted header."""
    by, sent, to, about, date = OUTLOOK[language]
    dana, ana = (
        ("Dana Example <dana@agency.example>", "Ana Example <ana@client.example>")
        if addresses
        else ("Dana Example", "Ana Example")
    )
    return [f"{by}: {dana}", f"{sent}: {date}", f"{to}: {ana}", f"{about}: A quick hello"]


@pytest.mark.parametrize("language", OUTLOOK)
def test_a_header_in_any_language(language: str) -> None:
    lines = header(language)
    plain = "\n".join(lines)
    for block in (
        plain,
        f"________________________________\n{plain}",
        "\n".join(f"*{word}:* {value}" for word, _, value in (line.partition(": ") for line in lines)),
        plain.replace(": ", "\xa0:\xa0"),
        plain.replace(": ", "："),
        "\n".join(f"\u200f\u202b{line}\u202c" for line in lines),
        "\n\n".join(lines),
        plain.replace(": ", ":\t"),
        "\n".join(header(language, addresses=False)),
        "\n".join([lines[0], lines[2], lines[3]]),
        "\n".join([lines[0], lines[3], lines[1], lines[2]]),
    ):
        assert read(f"{OWN}\n\n{block}\n\n{OURS}") == OWN
        assert read(f"{OWN}\n\n{block}\n\n{QUOTED}") == OWN
    assert read(f"{OWN} {' '.join(lines)} {OURS}") == OWN
    assert read(f"{plain}\n\n> Hi Ana\n\n{OWN}\n\n> Dana") == OWN


@pytest.mark.parametrize(
    "divider",
    [
        "-----Original Message-----",
        "-----Ursprüngliche Nachricht-----",
        "-----Message d'origine-----",
        "-----Mensaje original-----",
        "-----Original-Nachricht-----",
        "-----Messaggio originale-----",
        "-----Oorspronkelijk bericht-----",
        "-----Oprindelig meddelelse-----",
        "-----Alkuperäinen viesti-----",
        "-----Původní zpráva-----",
        "-----Eredeti üzenet-----",
        "-----Исходное сообщение-----",
        "-----Oryginalna wiadomość-----",
        "-----Izvorna poruka-----",
        "-----Izvirno sporočilo-----",
        "-----Pradinis laiškas-----",
        "-----Sākotnējais ziņojums-----",
        "-----Algsõnum-----",
        "-----Αρχικό μήνυμα-----",
        "-----הודעה מקורית-----",
        "-----الرسالة الأصلية-----",
        "-----邮件原件-----",
        "-----元のメッセージ-----",
        "-----원본 메시지-----",
        "-----Tin nhắn gốc-----",
        "-----Pesan Asli-----",
        "-----Mesajul original-----",
        "-----Оригинално съобщение-----",
        "-----Upphaflegur póstur-----",
        "-----Jatorrizko mezua-----",
        "-----Missatge original-----",
        "________________________________",
        "-------- Forwarded Message --------",
        "---------- ផ្ញើបន្ត ----------",
        "---------- Přeposlaná zpráva ---------",
        "---------- 전달된 메일 ---------",
        "* * * * *",
    ],
)
@pytest.mark.parametrize("language", ["de", "he", "lv", "th"])
def test_a_divider_above_the_header_goes_with_it(divider: str, language: str) -> None:
    block = "\n".join(header(language))
    assert read(f"{OWN}\n\n{divider}\n{block}\n\n{OURS}") == OWN
    assert read(f"{OWN}\n\n{divider}\n\n{block}\n\n{OURS}") == OWN


# With address, date and clock time: in whatever order.
ATTRIBUTIONS = {
    "sq": "Në mar., 20 pri 2027, në 9:00 Dana Example <dana@agency.example> shkroi:",
    "af": "Op Di. 20 Apr. 2027 om 09:00 het Dana Example <dana@agency.example> geskryf:",
    "ar": "\u0641\u064a \u0627\u0644\u062b\u0644\u0627\u062b\u0627\u0621\u060c 20 \u0623\u0628\u0631\u064a\u0644 2027 \u0641\u064a 9:00 \u0635 \u062a\u0645\u062a \u0643\u062a\u0627\u0628\u0629 \u0645\u0627 \u064a\u0644\u064a \u0628\u0648\u0627\u0633\u0637\u0629 \u202aDana Example\u202c\u200f <\u202adana@agency.example\u202c\u200f>:",
    "bn": "মঙ্গল, ২০ এপ্রিল, ২০২৭ তারিখে ৯:০০ AM টায় এ Dana Example <dana@agency.example> লিখেছেন:",
    "eu": "Dana Example <dana@agency.example> erabiltzaileak hau idatzi du (2027 api. 20(a), ar. (09:00)):",
    "bg": "На вт, 20.04.2027 г. в 9:00 Dana Example <dana@agency.example> написа:",
    "ca": "Missatge de Dana Example <dana@agency.example> del dia dt., 20 d\u2019abr. 2027 a les 9:00:",
    "zh-hant": "Dana Example <dana@agency.example> 於 2027年4月20日 週二 上午9:00寫道：",
    "hr": "uto, 20. tra 2027. u 09:00 Dana Example <dana@agency.example> napisao je:",
    "cs": "út 20. 4. 2027 v 9:00 odesílatel Dana Example <dana@agency.example> napsal:",
    "da": "Den tirs. 20. apr. 2027 kl. 09.00 skrev Dana Example <dana@agency.example>:",
    "nl": "Op di 20 apr 2027 om 09:00 schreef Dana Example <dana@agency.example>:",
    "et": "Kontakt Dana Example (<dana@agency.example>) kirjutas kuupäeval T, 20. aprill 2027 kell 9:00:",
    "fi": "ti 20. huhtik. 2027 klo 9.00 Dana Example (dana@agency.example) kirjoitti:",
    "gl": "O mar, 20 abr 2027 ás 9:00, Dana Example (<dana@agency.example>) escribiu:",
    "ka": "სამ, 20 აპრ. 2027, 09:00-ზე Dana Example <dana@agency.example> წერდა:",
    "el": "Στις Τρί 20 Απρ 2027 στις 9:00 π.μ., ο χρήστης Dana Example <dana@agency.example> έγραψε:",
    "he": "\u202b\u05d1\u05ea\u05d0\u05e8\u05d9\u05da \u05d9\u05d5\u05dd \u05d2\u05f3, 20 \u05d1\u05d0\u05e4\u05e8\u05f3 2027 \u05d1-9:00 \u05de\u05d0\u05ea \u202aDana Example\u202c\u200f <\u202adana@agency.example\u202c\u200f>:\u202c",
    "hi": "मंगल, 20 अप्रैल 2027 को 9:00 am बजे को Dana Example <dana@agency.example> ने लिखा:",
    "hu": "Dana Example <dana@agency.example> ezt írta (időpont: 2027. ápr. 20., K, 9:00):",
    "is": "þri., 20. apr. 2027 kl. 09:00 skrifaði Dana Example <dana@agency.example>:",
    "id": "Pada tanggal Sel, 20 Apr 2027 pukul 09.00 Dana Example <dana@agency.example> menulis:",
    "ja": "2027年4月20日(火) 9:00 Dana Example <dana@agency.example>:",
    "ko": "2027년 4월 20일 (화) 오전 9:00, Dana Example <dana@agency.example>님이 작성:",
    "lv": "otrd., 2027. g. 20. apr., plkst. 09:00 \u2014 lietot\u0101js Dana Example (<dana@agency.example>) rakst\u012bja:",
    "lt": "2027-04-20, an, 09:00 Dana Example <dana@agency.example> rašė:",
    "ms": "Pada Sel, 20 Apr 2027 pada 9:00 PG, Dana Example <dana@agency.example> menulis:",
    "nb": "tir. 20. apr. 2027 kl. 09:00 skrev Dana Example <dana@agency.example>:",
    "fa": "\u062f\u0631 \u062a\u0627\u0631\u06cc\u062e \u0633\u0647\u200c\u0634\u0646\u0628\u0647 \u06f2\u06f0 \u0622\u0648\u0631\u06cc\u0644 \u06f2\u06f0\u06f2\u06f7\u060c\u200f \u06f9:\u06f0\u06f0 Dana Example <dana@agency.example> \u0646\u0648\u0634\u062a:",
    "pl": "wt., 20 kwi 2027 o 09:00 Dana Example <dana@agency.example> napisał(a):",
    "ro": "În mar., 20 apr. 2027 la 09:00, Dana Example <dana@agency.example> a scris:",
    "ru": "вт, 20 апр. 2027 г. в 09:00, Dana Example <dana@agency.example>:",
    "sr": "уто 20. апр 2027. у 09:00 Dana Example <dana@agency.example> је написао/ла:",
    "sk": "ut 20. 4. 2027 o 9:00 Dana Example <dana@agency.example> napísal(a):",
    "sl": "V V tor., 20. apr. 2027 ob 9:00 je oseba Dana Example <dana@agency.example> napisala:",
    "sw": "Mnamo Jum, 20 Apr 2027 saa 9:00 AM, Dana Example <dana@agency.example> aliandika:",
    "ta": "செவ்., 20 ஏப்., 2027, முற்பகல் 9:00 அன்று, Dana Example <dana@agency.example> எழுதியது:",
    "th": "ในวันที่ อ. 20 เม.ย. 2570 เวลา 9:00 Dana Example <dana@agency.example> เขียนว่า:",
    "tr": "Dana Example <dana@agency.example>, 20 Nis 2027 Sal, 09:00 tarihinde şunu yazdı:",
    "uk": "вт, 20 квіт. 2027 р. о 09:00 Dana Example <dana@agency.example> пише:",
    "ur": "منگل، 20 اپریل، 2027 کو 9:00 AM بجے Dana Example <dana@agency.example> نے لکھا:",
    "vi": "Vào Th 3, 20 thg 4, 2027 vào lúc 09:00 Dana Example <dana@agency.example> đã viết:",
    "fil": "Noong Mar, Abr 20, 2027 nang 9:00 AM, sinulat ni Dana Example <dana@agency.example> ang:",
    "zu": "Ngo-Lwesibili, 20 Eph 2027 ngo-9:00 AM, u-Dana Example <dana@agency.example> wabhala:",
    "en": "On Tue, Apr 20, 2027 at 9:00\u202fAM Dana Example <dana@agency.example> wrote:",
    "en2": "On Tue, Apr 20, 2027 at 9:00 AM Dana J. Example <dana@agency.example> wrote:",
    "spark": "On 20 Apr 2027, 09:00 +0100, Dana Example <dana@agency.example>, wrote:",
    "apple-ja": "2027/04/20 9:00、Dana Example <dana@agency.example>のメール:",
    "apple-zh": "2027年4月20日 09:00，Dana Example <dana@agency.example> 写道：",
    "apple-ko": "2027. 4. 20. 오전 9:00, Dana Example <dana@agency.example> 작성:",
    "apple-he": "\u05d1-20 \u05d1\u05d0\u05e4\u05e8\u05f3 2027, \u05d1\u05e9\u05e2\u05d4 9:00, \u200fDana Example <dana@agency.example> \u05db\u05ea\u05d1/\u05d4:",
    "apple-tr": "Dana Example <dana@agency.example> şunları yazdı (20 Nis 2027 09:00):",
    "apple-hu": "2027. ápr. 20. dátummal, 9:00 időpontban Dana Example <dana@agency.example> írta:",
    "apple-fi": "Dana Example <dana@agency.example> kirjoitti 20.4.2027 kello 9.00:",
    "outlook-mac-fr": "Le 20/04/2027 09:00, « Dana Example » <dana@agency.example> a écrit :",
    "outlook-mobile": 'On Tue, Apr 20, 2027 at 9:00 AM +0100, "Dana Example" <dana@agency.example<mailto:dana@agency.example>> wrote:',
    "gmail-hy": "Երք, 20 ապր, 2027 թ․, 09:00, Dana Example <dana@agency.example> գրել է։",
    "gmail-km": "នៅ\u200bថ្ងៃ អង្គារ 20 មេសា 2027 វេលា\u200bម៉ោង 9:00 Dana Example <dana@agency.example> បាន\u200bសរសេរ\u200b៖",
    "gmail-am": "በ ማክሰ፣ 20 ኤፕሪ 2027 ከቀኑ 9:00 ጥዋት Dana Example <dana@agency.example> እንዲህ ሲሉ ጽፈዋል፦",
    "mailto": "On 20/04/2027 09:00, Dana Example [mailto:dana@agency.example] wrote:",
}


@pytest.mark.parametrize("language", ATTRIBUTIONS)
def test_an_attribution_in_any_language(language: str) -> None:
    line = ATTRIBUTIONS[language]
    words = line.split(" ")
    half = len(words) // 2
    for way in (
        line,
        line.replace(" ", "\xa0"),
        f"*{line}*",
        f"\u202b{line}\u202c",
        line.replace("<", "<\n"),
        f"{' '.join(words[:half])}\n{' '.join(words[half:])}",
        f"{' '.join(words[: half - 1])}\n{' '.join(words[half - 1 : -1])}\n{words[-1]}",
    ):
        assert read(f"{OWN}\n\n{way}\n\n{QUOTED}") == OWN
    assert read(f"{OWN}\n\n{line}\n\n{OURS}") == OWN
    assert read(f"{OWN}\n\n{QUOTED.replace('> Hi', f'> {line} Hi')}") == OWN
    assert read(f"{line}\n> Hi Ana, are you hiring?\n\n{OWN}\n\n> Dana") == OWN


@pytest.mark.parametrize("language", ATTRIBUTIONS)
def test_an_attribution_on_the_line_of_the_answer(language: str) -> None:
    line = ATTRIBUTIONS[language]
    assert read(f"{OWN} {line}\n{QUOTED}") == OWN
    assert read(f"Hello.\nYes, call me! {line}\n\n{QUOTED}") == "Hello. Yes, call me!"
    assert read(f"{OWN} {line} {OURS}") == OWN


# Without an address: a quote below tells it.
NAMELESS = [
    "Dne 20. 04. 27 v 9:00 Dana Example napsal(a):",
    "2027. 04. 20. 9:00 keltezéssel, Dana Example írta:",
    "Dana Example kirjutas 20.04.2027 kell 9:00:",
    "2027-04-20 09:00, Dana Example rašė:",
    "El 20/4/27 a les 9:00, Dana Example ha escrit:",
    "Dana Example(e)k igorleak hau idatzi zuen (2027-04-20 09:00):",
    "20.04.2027 9:00, Dana Example пишет:",
    "20.04.2027 09:00, Dana Example пише:",
    "20.04.2027 09:00 tarihinde Dana Example yazdı:",
    "Στις 20/4/27 09:00, ο/η Dana Example έγραψε:",
    "Den 20.04.2027 09:00, skrev Dana Example:",
    "W dniu 20.04.2027 o 09:00, Dana Example pisze:",
    "On 2027/04/20 9:00, Dana Example wrote:",
    "在 2027/4/20 9:00, Dana Example 写道:",
    "Dana Example 於 2027/4/20 上午 9:00 寫道:",
    "2027. 4. 20. 오전 9:00에 Dana Example 이(가) 쓴 글:",
    "Vào lúc 9:00 20/04/2027, Dana Example đã viết:",
    "Pada 20/04/2027 09.00, Dana Example menulis:",
    "\u05d1\u05ea\u05d0\u05e8\u05d9\u05da 20/04/2027 9:00, \u200fDana Example \u05db\u05ea\u05d1:",
    "\u0641\u064a 20\u200f/4\u200f/2027 9:00 \u0635\u060c \u0643\u062a\u0628 Dana Example:",
    "Dne 20. 04. 2027 ob 9:00 je Dana Example napisal(a):",
    "Dana 20. 4. 2027. u 9:00, Dana Example je napisao/la:",
    "Den 2027-04-20 kl. 09:00, skrev Dana Example:",
    "Den 20.04.2027 kl. 09.00 skrev Dana Example:",
    "Dana Example kirjoitti 20.4.2027 klo 9.00:",
    "Pe 20.04.2027 09:00, Dana Example a scris:",
    "На 20.4.27 г. в 9:00, Dana Example написа:",
    "Ar 20/04/2027 09:00, scríobh Dana Example:",
    "O 20/04/27 ás 09:00, Dana Example escribiu:",
    "Þann 20.4.2027 09:00, skrifaði Dana Example:",
    "Dňa 20. 4. 2027 o 9:00 Dana Example napísal(a):",
    "Il 20/04/27 09:00, Dana Example ha scritto:",
    "Em 20/04/2027 09:00, Dana Example escreveu:",
]


@pytest.mark.parametrize("line", NAMELESS)
def test_an_attribution_without_an_address_above_a_quote(line: str) -> None:
    for body in (f"{OWN}\n\n{line}\n{QUOTED}", f"{OWN}\n\n{line}\n\n{QUOTED}", f"{line}\n> Hi\n{OWN}\n> Dana"):
        assert read(body) == OWN


@pytest.mark.parametrize("line", NAMELESS)
def test_an_attribution_without_an_address_and_a_quote_by_its_verb(line: str) -> None:
    assert read(f"{OWN}\n\n{line}\n\n{OURS}") == OWN


# What other programs and other authors make of it.
WAYS = {
    "gm-mobile": (
        "No thanks, not for us.\n\nOn Tue, 20 Apr 2027, 09:00 Dana Example, <dana@agency.example> wrote:\n\n> Hi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "glued": (
        "No thanks, not for us.\n\nDen tis 20 apr. 2027 09:00Dana Example <dana@agency.example> skrev:\n\n> Hi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "samsung": (
        "No thanks, not for us.\n\n\n-------- Original message --------\nFrom: Dana Example <dana@agency.example> \nDate: 20/04/2027  09:00  (GMT+00:00) \nTo: ana@client.example \nSubject: A quick hello \n\nHi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "samsung-de": (
        "No thanks, not for us.\n\n\n-------- Ursprüngliche Nachricht --------\nVon: Dana Example <dana@agency.example> \nDatum: 20.04.27  09:00  (GMT+01:00) \nAn: ana@client.example \nBetreff: A quick hello \n\nHi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "yahoo": (
        "No thanks, not for us.\n\n    On Tuesday, April 20, 2027, 09:00:13 AM GMT+1, Dana Example <dana@agency.example> wrote:  \n \n Hi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "yahoo-fr": (
        "No thanks, not for us.\n\n    Le mardi 20 avril 2027 à 09:00:13 UTC+2, Dana Example <dana@agency.example> a écrit :  \n \n Hi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "mutt": (
        "No thanks, not for us.\n\n* Dana Example <dana@agency.example> [2027-04-20 09:00]:\n> Hi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "mutt2": (
        "No thanks, not for us.\n\nQuoting Dana Example (<dana@agency.example>):\n> Hi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "gnus": (
        "No thanks, not for us.\n\nDana Example <dana@agency.example> writes:\n\n> Hi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "evolution": (
        "No thanks, not for us.\n\nOn Tue, 2027-04-20 at 09:00 +0100, Dana Example wrote:\n> Hi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "roundcube": (
        "No thanks, not for us.\n\nOn 2027-04-20 09:00, Dana Example wrote:\n> Hi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "zoho": (
        "No thanks, not for us.\n\n\n\n---- On Tue, 20 Apr 2027 09:00:00 +0100 Dana Example <dana@agency.example> wrote ---\n\nHi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "lotus": (
        "No thanks, not for us.\n\n\n\nFrom:   Dana Example <dana@agency.example>\nTo:     ana@client.example\nDate:   20-04-2027 09:00\nSubject:        A quick hello\n\n\n\nHi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "lotus-de": (
        "No thanks, not for us.\n\n\n\nVon:    Dana Example <dana@agency.example>\nAn:     ana@client.example\nDatum:  20.04.2027 09:00\nBetreff:        A quick hello\n\n\n\nHi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "qq": (
        'No thanks, not for us.\n\n\n------------------ 原始邮件 ------------------\n发件人: "Dana Example" <dana@agency.example>;\n发送时间: 2027年4月20日(星期二) 上午9:00\n收件人: "Ana"<ana@client.example>;\n主题: A quick hello\n\nHi Ana, are you hiring welders?',
        "No thanks, not for us.",
        "text/plain",
    ),
    "163": (
        'No thanks, not for us.\n\n\n\n\nAt 2027-04-20 09:00:00, "Dana Example" <dana@agency.example> wrote:\n\nHi Ana, are you hiring welders?',
        "No thanks, not for us.",
        "text/plain",
    ),
    "163zh": (
        'No thanks, not for us.\n\n\n\n\n在 2027-04-20 09:00:00，"Dana Example" <dana@agency.example> 写道：\n\nHi Ana, are you hiring welders?',
        "No thanks, not for us.",
        "text/plain",
    ),
    "naver": (
        'No thanks, not for us.\n\n-----Original Message-----\nFrom: "Dana Example" <dana@agency.example>\nTo: ana@client.example;\nCc:\nSent: 2027-04-20 (화) 09:00:00 (UTC+09:00)\nSubject: A quick hello\n\nHi Ana, are you hiring welders?',
        "No thanks, not for us.",
        "text/plain",
    ),
    "mailru": (
        "No thanks, not for us.\n\n  \n>Вторник, 20 апреля 2027, 9:00 +03:00 от Dana Example <dana@agency.example>:\n> \n>Hi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "mailru2": (
        "No thanks, not for us.\n\n\nВторник, 20 апреля 2027, 9:00 +03:00 от Dana Example <dana@agency.example>:\n\nHi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "yandex": (
        'No thanks, not for us.\n\n20.04.2027, 09:00, "Dana Example" <dana@agency.example>:\n\nHi Ana, are you hiring welders?',
        "No thanks, not for us.",
        "text/plain",
    ),
    "yandex-q": (
        'No thanks, not for us.\n\n20.04.2027, 09:00, "Dana Example" <dana@agency.example>:\n> Hi Ana, are you hiring welders?',
        "No thanks, not for us.",
        "text/plain",
    ),
    "seznam": (
        "No thanks, not for us.\n\n---------- Původní e-mail ----------\nOd: Dana Example <dana@agency.example>\nKomu: ana@client.example\nDatum: 20. 4. 2027 9:00:00\nPředmět: A quick hello\n\nHi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "wp": (
        "No thanks, not for us.\n\nDnia 20 kwietnia 2027 09:00 Dana Example <dana@agency.example> napisał(a):\n\nHi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "onet": (
        "No thanks, not for us.\n\nW dniu 2027-04-20 09:00:00 użytkownik Dana Example <dana@agency.example> napisał:\n\nHi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "libero": (
        "No thanks, not for us.\n\nIl 20/04/2027 09:00 CEST Dana Example <dana@agency.example> ha scritto:\n\n\nHi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "laposte": (
        'No thanks, not for us.\n\n> Message du 20/04/27 09:00\n> De : "Dana Example" <dana@agency.example>\n> A : ana@client.example\n> Objet : A quick hello\n>\n> Hi Ana, are you hiring welders?',
        "No thanks, not for us.",
        "text/plain",
    ),
    "web.de": (
        'No thanks, not for us.\n\n \n\nGesendet: Dienstag, 20. April 2027 um 09:00 Uhr\nVon: "Dana Example" <dana@agency.example>\nAn: ana@client.example\nBetreff: A quick hello\n\nHi Ana, are you hiring welders?',
        "No thanks, not for us.",
        "text/plain",
    ),
    "docomo": (
        "No thanks, not for us.\n\n-----元のメール-----\n差出人: Dana Example <dana@agency.example>\n日時: 2027/04/20 9:00\n宛先: ana@client.example\n件名: A quick hello\n\nHi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "biztalk": (
        "No thanks, not for us.\n\n\n발신 : Dana Example <dana@agency.example>\n수신 : ana@client.example\n날짜 : 2027. 4. 20. 오전 9:00\n제목 : A quick hello\n\nHi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "gmail-fwd-fr": (
        "No thanks, not for us.\n\n---------- Forwarded message ---------\nDe : Dana Example <dana@agency.example>\nDate: mar. 20 avr. 2027 à 09:00\nSubject: A quick hello\nTo: <dana@agency.example>\n\nHi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "apple-fwd-ja": (
        "No thanks, not for us.\n\n転送されたメッセージ:\n\n差出人: Dana Example <dana@agency.example>\n件名: A quick hello\n日付: 2027年4月20日 9:00:00 JST\n宛先: ana@client.example\n\nHi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "apple-fwd-fi": (
        "No thanks, not for us.\n\nVälitetty viesti alkaa:\n\nLähettäjä: Dana Example <dana@agency.example>\nAihe: A quick hello\nPäiväys: 20. huhtikuuta 2027 klo 9.00.00\nVastaanottaja: ana@client.example\n\nHi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "outlook-extern": (
        "No thanks, not for us.\n\nFrom: Dana Example <dana@agency.example>\nSent: Tuesday, April 20, 2027 9:00 AM\nTo: Ana Example <ana@client.example>\nSubject: [EXTERNAL] A quick hello\nImportance: High\n\nHi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "outlook-longto": (
        "No thanks, not for us.\n\nFrom: Dana Example <dana@agency.example>\nSent: Tuesday, April 20, 2027 9:00 AM\nTo: Ana Example <ana@client.example>; Ben Sample <ben@client.example>; Cara Sample\n<cara@client.example>; Dora Sample <dora@client.example>\nCc: Emma Sample <emma@client.example>\nSubject: A quick hello\n\nHi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "outlook-longsubject": (
        "No thanks, not for us.\n\nVan: Dana Example <dana@agency.example>\nVerzonden: dinsdag 20 april 2027 09:00\nAan: Ana\nOnderwerp: A quick hello and more words so that this line is folded by some\nprogram in between\n\nHi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "no-blank": (
        "No thanks, not for us.\nFrom: Dana Example <dana@agency.example>\nSent: Tuesday, April 20, 2027 9:00 AM\nTo: Ana\nSubject: A quick hello\nHi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "sig+header": (
        "No thanks, not for us.\n\nAna Example\n\nFrom: Dana Example <dana@agency.example>\nSent: Tuesday, April 20, 2027 9:00 AM\nTo: Ana\nSubject: A quick hello\nHi Ana, are you hiring welders?",
        "No thanks, not for us. Ana Example",
        "text/plain",
    ),
    "two-dashes-sig-header": (
        "No thanks, not for us.\n\n--\nAna Example\nClient Ltd\n+44 20 7946 0018\n\nFrom: Dana Example <dana@agency.example>\nSent: Tuesday, April 20, 2027 9:00 AM\nTo: Ana\nSubject: A quick hello\nHi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "bottom": (
        "From: Dana Example <dana@agency.example>\nSent: Tuesday, April 20, 2027 9:00 AM\nTo: Ana\nSubject: A quick hello\n\n> Hi Ana, are you hiring welders?\n\nNo thanks, not for us.",
        "No thanks, not for us.",
        "text/plain",
    ),
    "inline-om": (
        "No thanks, not for us. -----Original Message----- From: Dana Example <dana@agency.example> Sent: Tuesday, April 20, 2027 9:00 AM To: Ana Subject: A quick hello Hi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "same-3": (
        "Call me. On Tue, Apr 20, 2027 at 9:00 AM Dana Example\n<dana@agency.example> wrote:\n> Hi Ana, are you hiring welders?",
        "Call me.",
        "text/plain",
    ),
    "same-4": (
        "Ja gerne. Am 20.04.2027 um 09:00 schrieb Dana Example:\n> Hi Ana, are you hiring welders?",
        "Ja gerne.",
        "text/plain",
    ),
    "same-5": (
        "Oui. Le mar. 20 avr. 2027 à 09:00, Dana Example <dana@agency.example> a écrit :\n> Hi Ana, are you hiring welders?",
        "Oui.",
        "text/plain",
    ),
    "same-6": (
        "Sí, llámame. El mar, 20 abr 2027 a las 9:00, Dana Example (<dana@agency.example>) escribió:\n\n> Hi Ana, are you hiring welders?",
        "Sí, llámame.",
        "text/plain",
    ),
    "same-7": (
        "Yes please On 20/04/2027, Dana Example <dana@agency.example> wrote:\n> Hi Ana, are you hiring welders?",
        "Yes please",
        "text/plain",
    ),
    "same-8": (
        "OK! Dana Example <dana@agency.example> schrieb am 20.04.2027 um 09:00:\n> Hi Ana, are you hiring welders?",
        "OK!",
        "text/plain",
    ),
    "same-9": (
        "はい、お願いします。 2027年4月20日(火) 9:00 Dana Example <dana@agency.example>:\n> Hi Ana, are you hiring welders?",
        "はい、お願いします。",
        "text/plain",
    ),
    "same-10": (
        "はい、お願いします。2027年4月20日(火) 9:00 Dana Example <dana@agency.example>:\n> Hi Ana, are you hiring welders?",
        "はい、お願いします。",
        "text/plain",
    ),
    "same-11": (
        "Yes, call me :) On 20/04/2027, Dana wrote:\n> Hi Ana, are you hiring welders?",
        "Yes, call me :)",
        "text/plain",
    ),
    "same-12": (
        "Yes 👍 On 20/04/2027 9:00, Dana Example <dana@agency.example> wrote:\n> Hi Ana, are you hiring welders?",
        "Yes 👍",
        "text/plain",
    ),
    "same-13": (
        "Yes, call me on Monday 3 May at 9:00. On 20/04/2027, Dana Example <dana@agency.example> wrote:\n> Hi Ana, are you hiring welders?",
        "Yes, call me on Monday 3 May at 9:00.",
        "text/plain",
    ),
    "same-15": (
        "Please stop. From: Dana Example <dana@agency.example> Sent: Tuesday, April 20, 2027 9:00 AM To: Ana Example Subject: A quick hello\nHi Ana, are you hiring welders?",
        "Please stop.",
        "text/plain",
    ),
    "same-16": (
        "Hello Dana,\n\nplease stop. On 20/04/2027 09:00, Dana Example wrote:\n> Hi Ana, are you hiring welders?",
        "Hello Dana, please stop.",
        "text/plain",
    ),
    "same-17": (
        "Nee dank je. Op di 20 apr 2027 om 09:00 schreef Dana Example <dana@agency.example>:\n\n> Hi Ana, are you hiring welders?",
        "Nee dank je.",
        "text/plain",
    ),
    "same-18": (
        "Nie, dziękuję. wt., 20 kwi 2027 o 09:00 Dana Example <dana@agency.example> napisał(a):\n\n> Hi Ana, are you hiring welders?",
        "Nie, dziękuję.",
        "text/plain",
    ),
    "same-19": (
        "Yes, call me. On 20/04/2027, Dana Example <dana@agency.example> wrote:\n\nHi Ana, are you hiring welders?",
        "Yes, call me.",
        "text/plain",
    ),
    "same-20": (
        "Yes, call me.\tOn 20/04/2027, Dana Example <dana@agency.example> wrote:\n> Hi Ana, are you hiring welders?",
        "Yes, call me.",
        "text/plain",
    ),
    "same-21": (
        "Yes, call me.On 20/04/2027, Dana Example <dana@agency.example> wrote:\n> Hi Ana, are you hiring welders?",
        "Yes, call me.",
        "text/plain",
    ),
    "same-22": (
        "Yes, call me - On 20/04/2027, Dana Example <dana@agency.example> wrote:\n> Hi Ana, are you hiring welders?",
        "Yes, call me -",
        "text/plain",
    ),
    "addr-own-only-de": (
        "No thanks, not for us.\n\nAbsender: Dana Example\nGesendet: 20.04.2027 09:00\nEmpfänger: ana@client.example\nThema: A quick hello\n\nHi Ana, are you hiring welders?",
        "No thanks, not for us.",
        "text/plain",
    ),
    "html-ja": (
        "<div>No thanks, not for us.</div><br><div><b>差出人:</b> Dana Example &lt;dana@agency.example&gt;<br><b>送信日時:</b> 2027年4月20日 9:00<br><b>宛先:</b> Ana<br><b>件名:</b> A quick hello</div><p>Hi Ana, are you hiring welders?</p>",
        "No thanks, not for us.",
        "text/html",
    ),
    "html-el": (
        "<p>No thanks, not for us.</p><hr><p><b>Από:</b> Dana Example &lt;dana@agency.example&gt;<br><b>Στάλθηκε:</b> Τρίτη, 20 Απριλίου 2027 9:00 πμ<br><b>Προς:</b> Ana<br><b>Θέμα:</b> A quick hello</p><p>Hi Ana, are you hiring welders?</p>",
        "No thanks, not for us.",
        "text/html",
    ),
    "html-table": (
        "<p>No thanks, not for us.</p><table><tr><td>Frá:</td><td>Dana Example &lt;dana@agency.example&gt;</td></tr><tr><td>Sent:</td><td>20. apríl 2027 09:00</td></tr><tr><td>Efni:</td><td>A quick hello</td></tr></table><p>Hi Ana, are you hiring welders?</p>",
        "No thanks, not for us.",
        "text/html",
    ),
    "on the line, a": (
        "Yes, call me.\nOn 20/04/2027, Dana Example <dana@agency.example> wrote:\n> Hi Ana, are you hiring welders?",
        "Yes, call me.",
        "text/plain",
    ),
    "on the line, b": (
        "1. Yes\n2. No. On 20/04/2027, Dana Example <dana@agency.example> wrote:\n> Hi Ana, are you hiring welders?",
        "1. Yes 2. No.",
        "text/plain",
    ),
    "on the line, c": (
        "Thanks Dana! On Tue, Apr 20, 2027 at 9:00 AM <dana@agency.example> wrote:\n\n> Hi Ana, are you hiring welders?",
        "Thanks Dana!",
        "text/plain",
    ),
    "on the line, d": (
        "Thanks, I'm in. dana@agency.example wrote on 20/04/2027 09:00:\n> Hi Ana, are you hiring welders?",
        "Thanks, I'm in.",
        "text/plain",
    ),
    "on the line, e": (
        "My number is 020 7946 0031. On 20/04/2027, Dana Example <dana@agency.example> wrote:\n> Hi Ana, are you hiring welders?",
        "My number is 020 7946 0031.",
        "text/plain",
    ),
    "on the line, f": (
        "I start on 3 May 2027. On 20/04/2027, Dana Example <dana@agency.example> wrote:\n> Hi Ana, are you hiring welders?",
        "I start on 3 May 2027.",
        "text/plain",
    ),
    "on the line, g": (
        "Am Montag passt es. Am 20.04.2027 um 09:00 schrieb Dana Example:\n> Hi Ana, are you hiring welders?",
        "Am Montag passt es.",
        "text/plain",
    ),
    "on the line, h": (
        "Le lundi me va. Le 20 avril 2027 à 09:00, Dana Example <dana@agency.example> a écrit :\n> Hi Ana, are you hiring welders?",
        "Le lundi me va.",
        "text/plain",
    ),
    "on the line, i": (
        "On Monday I am free. On 20/04/2027, Dana Example <dana@agency.example> wrote:\n> Hi Ana, are you hiring welders?",
        "On Monday I am free.",
        "text/plain",
    ),
    "on the line, j": (
        "Yes, call me. On 20/04/2027, Dana Example <dana@agency.example>\nwrote:\n> Hi Ana, are you hiring welders?",
        "Yes, call me.",
        "text/plain",
    ),
    "on the line, k": (
        "Yes, call me. On Tue, Apr 20, 2027 at\n9:00 AM Dana Example <dana@agency.example> wrote:\n> Hi Ana, are you hiring welders?",
        "Yes, call me.",
        "text/plain",
    ),
    "on the line, l": (
        "Yes, call me. Den 20.04.2027 kl. 09.00 skrev Dana Example:\n> Hi Ana, are you hiring welders?",
        "Yes, call me.",
        "text/plain",
    ),
    "on the line, m": (
        "Yes, call me. W dniu 20.04.2027 o 09:00, Dana Example pisze:\n> Hi Ana, are you hiring welders?",
        "Yes, call me.",
        "text/plain",
    ),
    "on the line, n": (
        "Yes, call me. Il 20/04/2027 09:00, Dana Example ha scritto:\n> Hi Ana, are you hiring welders?",
        "Yes, call me.",
        "text/plain",
    ),
    "on the line, o": (
        "Yes, call me. Em 20/04/2027 09:00, Dana Example escreveu:\n> Hi Ana, are you hiring welders?",
        "Yes, call me.",
        "text/plain",
    ),
    "on the line, p": (
        "Yes, call me. 20.04.2027 09:00, Dana Example пишет:\n> Hi Ana, are you hiring welders?",
        "Yes, call me.",
        "text/plain",
    ),
    "on the line, q": (
        "Yes, call me. Op 20-04-2027 om 09:00 schreef Dana Example:\n> Hi Ana, are you hiring welders?",
        "Yes, call me.",
        "text/plain",
    ),
    "on the line, r": (
        "Yes, call me. On 20/04/2027, Dana wrote:\n> Hi Ana, are you hiring welders?",
        "Yes, call me.",
        "text/plain",
    ),
    "on the line, s": (
        "Yes, call me. On Apr 20, 2027, at 9:00 AM, Dana Example wrote:\n> Hi Ana, are you hiring welders?",
        "Yes, call me.",
        "text/plain",
    ),
    "on the line, t": (
        "Yes, call me. On Tuesday Dana wrote:\n> Hi Ana, are you hiring welders?",
        "Yes, call me.",
        "text/plain",
    ),
    "on the line, u": ("Yes, call me. Dana wrote:\n> Hi Ana, are you hiring welders?", "Yes, call me.", "text/plain"),
    "on the line, w": (
        "From: Dana Example <dana@agency.example>\nSent: Tuesday, April 20, 2027 9:00 AM\nTo: Ana Example <ana@client.example>\nSubject: A quick hello\n\n> Hi Ana, are you hiring welders?\nYes.\n> When?\nMonday.",
        "Yes. Monday.",
        "text/plain",
    ),
    "on the line, x": (
        "Answers below.\n\n-----Original Message-----\nFrom: Dana Example <dana@agency.example>\nSent: Tuesday, April 20, 2027 9:00 AM\nTo: Ana Example <ana@client.example>\nSubject: A quick hello\n\n> Hi Ana, are you hiring welders?\nYes.\n> When?\nMonday.",
        "Answers below. Yes. Monday.",
        "text/plain",
    ),
    "on the line, y": (
        "See inline.\n\nOn Tue, Apr 20, 2027 at 9:00 AM Dana Example <dana@agency.example> wrote:\n> Are you hiring?\n\nYes, two.\n\n> From when?\n\nFrom: 3 May 2027\nTo: 14 May 2027\n\n> Where?\n\nNorth gate.",
        "See inline. Yes, two. From: 3 May 2027 To: 14 May 2027 North gate.",
        "text/plain",
    ),
    "on the line, z": (
        "No thanks.\n\nFrom: Dana Example <dana@agency.example>\nSent: Tuesday, April 20, 2027 9:00 AM\nTo: Ana Example <ana@client.example>\nSubject: A quick hello\n\nHi Ana, are you hiring welders?\n\nFrom: Ana Example <dana@agency.example>\nSent: Tuesday, April 20, 2027 9:00 AM\nTo: Ana Example <ana@client.example>\nSubject: A quick hello\n\nolder",
        "No thanks.",
        "text/plain",
    ),
    "dashes, a": (
        "No thanks.\n\n---- Am Di., 20 Apr. 2027 09:00:00 +0200 schrieb Dana Example <dana@agency.example> ----\n\nHi Ana",
        "No thanks.",
        "text/plain",
    ),
    "dashes, b": (
        "No thanks.\n\n---- mar., 20 avr. 2027 09:00:00 +0200 Dana Example <dana@agency.example> a dit ----\n\n> Hi Ana",
        "No thanks.",
        "text/plain",
    ),
    "on the line, aa": (
        "Dana Example <dana@agency.example> wrote on 20/04/2027:\n\n> Hi Ana, are you hiring welders?\n\nNo thanks.",
        "No thanks.",
        "text/plain",
    ),
}


@pytest.mark.parametrize("name", WAYS)
def test_other_ways(name: str) -> None:
    body, own, kind = WAYS[name]
    assert read(body, kind=kind) == own


def test_a_thread_knows_its_subject_and_its_people() -> None:
    thread = Thread.of(
        "AW: Re[2]: Two roles in May", ["Ana@client.example"], ["r.1@reply.agency.example", "ana@client.example"]
    )
    assert thread.subject == fold_subject("Two roles in May") == "tworolesinmay"
    assert thread.is_subject("回复：Two roles in May")
    assert thread.is_subject("Two roles in Ma")
    assert not thread.is_subject("Two")
    assert thread.is_writer("ana@CLIENT.example")
    assert thread.is_ours("dana@agency.example")
    assert not thread.is_ours("ana@client.example")
    assert not thread.is_ours("x@other.example")
    assert not Thread().is_subject("")
