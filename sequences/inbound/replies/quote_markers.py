"""How mail programs introduce what they quote, in the languages of Europe and a few more. Bounded patterns only."""

from __future__ import annotations

import re

# One line "> text"; a run like ">>> >>> see here <<<" is decoration, not a quote.
QUOTE = re.compile(r"^[ \t]{0,3}(?:>|&gt;)(?!.*<<<)|^[A-Z]{1,3}>(?:\s|$)|^\s{0,3}\|\s?>")

_VERBS = (
    r"wrote|writes|schrieb|geschrieben|écrit|ecrit|escribió|escribio|escribi[oó]|escreveu|scritto|"
    r"scrisse|schreef|geschreven|"
    r"skrev|napisał(?:\(a\)|a)?|napisa[lł]|pisze|написал(?:\(а\)|а)?|пишет|пише|написав(?:\(ла\))?|"
    r"писал\(а\)|kirjoitti|yazdı|"
    r"napsal(?:\(a\)|a)?|napísal(?:\(a\)|a)?|írta|a scris|έγραψε|va escriure|scrigge|skrifaði|"
    r"rakstīja|rašė|kirjutas|je napisal|"
    r"napisao(?:\s?/la)?|napisana przez|написа|viết|menulis|написа́л|написали|さんは書きました|님이 작성|"
    r"ha escrit|escribiu|scríobh|skrifaði|shkroi|geskryf|wabhala|idatzi|כתב|كتب|כתבה|كتبت|написао|је написао"
)
VERB = re.compile(rf"(?:^|[\s\"”»)>\]*,]|&gt;)(?:{_VERBS})(?=$|[\s:：*(\"<,/])", re.I)
# Written without a space before.
VERB_JOINED = re.compile(r"(?:写道|寫道|のメール|쓴 글|작성)(?=$|[\s:：*(\"<,/])")
SELF_VERB = re.compile(
    rf"\b(?:I|we|ich|wir|je(?! nap)|nous|yo|eu|ik|wij|io|jeg|jag|ja)\s+(?:have\s+|had\s+|ai\s+|he\s+|heb\s+|"
    rf"ho\s+)?(?:{_VERBS})\b"
)
_STARTERS = (
    r"on|at|am|le|el|em|op|il|in data|w dniu|dnia|den|vào|tarihinde|dne|dňa|pe|la data|в|lun|data|"
    r"на|у|στις|kl|wiadomość|no dia|în|(?:ma|ti|ke|to|su)(?=\s\d)|pon|wt|śr|czw|pt|sob|ndz"
)
STARTER = re.compile(rf"^[\s*_\"“]{{0,6}}(?:{_STARTERS})\b[\s,.]", re.I)
DATE_START = re.compile(
    r"^[\s*_]{0,6}(?:\d{4}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|"
    r"\d{1,2}\.?\s+(?:de\s+)?[^\W\d_]{3,12}\.?,?\s+(?:de\s+)?\d{4}|\d{1,2}:\d{2}\s?(?:[AaPp][Mm])?,\s|"
    r"[^\W\d_]{2,14},?\s+\d{1,2}\.?\s+(?:de\s+)?[^\W\d_]{3,12})"
)
MAILBOX = re.compile(
    r"<\s*(?:mailto:)?[^<>@\n]{1,100}@[^<>@\n]{1,120}>|\[mailto:[^\]]{3,200}\]|"
    r"\b[\w.+-]{1,64}@[\w-]{1,60}\.[\w.-]{2,60}"
)
DASHED_WROTE = re.compile(rf"^\s{{0,4}}-{{2,}}\s?.{{1,120}}\s(?:{_VERBS})\s?:?\s?-{{2,}}\s*$", re.I)

_ORIGINAL = (
    r"original|reply message|forwarded|weitergeleitet|nachricht|message|mensaje|mensagem|messaggio|"
    r"bericht|besked|meddelande|"
    r"melding|viesti|сообщени|повідомлен|wiadomo|zpráv|správa|üzenet|ileti|mesaj|邮件|郵件|メッセージ|e-mail|courriel"
)
DIVIDER_INSIDE = re.compile(r"(?<=\S)\s+(-{3,}\s?[^-\n]{3,60}-{3,})")
# "Original-Nachricht" has a hyphen of its own.
_WORDS = r"(?:[^-\n]|\b-\b)"
ORIGINAL = re.compile(rf"^[\s*_>]{{0,6}}-{{2,}}\s?{_WORDS}{{0,40}}(?:{_ORIGINAL}){_WORDS}{{0,40}}-{{2,}}[\s*_]*$", re.I)
BEGIN_FORWARD = re.compile(
    r"^[ \t\xa0\u3000>*]{0,6}(?:Begin forwarded message|Anfang der weitergeleiteten (?:Nachricht|E-Mail)|"
    r"Début du message (?:transféré|réexpédié)|"
    r"Inicio del mensaje reenviado|Inizio messaggio inoltrato|Begin doorgestuurd bericht|"
    r"Início da mensagem (?:reencaminhada|encaminhada)|"
    r"Vidarebefordrat brev|Start på videresendt besked|Początek przekazywanej wiadomości|Välitetty viesti alkaa|"
    r"Videresendt melding|Začátek přeposlané zprávy|Začiatok preposlanej správy|Továbbított levél kezdete|"
    r"İletilen ileti başlangıcı|Αρχή προωθημένου μηνύματος|Mesaj redirecționat|Početak proslijeđene poruke|"
    r"Начало переадресованного сообщения|Початок переспрямованого листа|Inici del missatge reenviat|"
    r"Bắt đầu thư đã được chuyển tiếp|Mulai pesan yang diteruskan|เริ่มข้อความที่ส่งต่อ|תחילת ההודעה שהועברה|"
    r"بدء الرسالة المعاد توجيهها|転送されたメッセージ|开始转发的邮件|以下是轉寄的郵件|전달된 메시지의 시작)"
    r"[ \t\xa0]?[:：]?[ \t\xa0]*$",
    re.I,
)
FORWARD = re.compile(
    r"^[ \t\xa0\u3000*_]{0,6}(?:-{2,}\s?[^-\n]{0,20}(?:forwarded|weitergeleitet|transféré|réexpédié|reenviado|"
    r"inoltrato|doorgestuurd|"
    r"encaminhad|reencaminhad|vidarebefordrat|videresendt|välitetty|przekazan|přeposlan|пересланн|"
    r"továbbított)[^-\n]{0,40}"
    rf"-{{2,}}[\s*_]*|{BEGIN_FORWARD.pattern[1:]})$",
    re.I | re.M,
)

_FROM = (
    r"from|von|de|da|van|från|fra|od|от|від|lähettäjä|gönderen|kimden|odesílatel|feladó|de la|expéditeur|mittente|från|"
    r"அனுப்புநர்|mula kay|kimdən|saatja|ვისგან|प्रेषक|кімнен|kutoka|منجانب|ումից|šalje|보낸 사람|nork|থেকে|minn|"
    r"nga|寄件者|发件人|από|מאת|frá|差出人|nuo|จาก|vum|बाट|من|ад|од|از|từ|ó|daripada|dari|oddi wrth|remitente|absender|"
    r"afsender|avsändare|avsender|odosielateľ|pošiljatelj|expeditor|siuntėjas|nadawca|отправитель|відправник|送信者|보낸사람"
)
_SENT = (
    r"sent|date|gesendet|datum|envoyé(?: le)?|enviado(?: el| em)?|fecha|data(?: invio)?|inviato|"
    r"verzonden|skickat|sendt|dato|"
    r"wysłano|wysłane|data|дата|отправлено|надіслано|lähetetty|päivämäärä|odesláno|küldve|dátum|tarih|"
    r"gönderildi|trimis|fecha de envío|"
    r"পাঠানো হয়েছে|გაგზავნილია|تم الإرسال|göndərildi|адпраўлена|அனுப்பியது|ուղարկված|изпратено|жіберілді|"
    r"испратено|ارسال شده|بھیجا گیا|geschéckt|ipinadala|bidalita|saadetud|στάλθηκε|भेजा गया|elküldve|nosūtīts|"
    r"išsiųsta|dihantar|odoslané|imetumwa|ส่งเมื่อ|anfonwyd|dërguar|poslano|dikirim|mibgħut|послато|gestuur|"
    r"पठाइएको|enviat|seolta|đã gửi|보낸 날짜|寄件日期|发送时间|נשלח|送信日時|datums|kuupäev|päiväys|"
    r"dagsetning|ημερομηνία|תאריך|التاريخ|日期|日付|日時|날짜|ngày|tanggal|วันที่|odosláno|dată|תאריך שליחה|poslato"
)
_TO = (
    r"to|an|à|a|para|aan|till|til|do|кому|vastaanottaja|kime|komu|címzett|catre|către|cc|kopie|copie|"
    r"kopia|copia|kopi|bcc|reply-to|antwort an|"
    r"பெறுநர்|kepada|প্রতি|per a|prima|प्रति|chuig|кімге|받는 사람|kimə|nori|каму|προς|بنام|për|إلى|ում|收件者|收件人|"
    r"ვის|kam|lil|kwa|ถึง|đến|tới|लाई|до|אל|宛先|به|за|za|un|adressaat|para kay|at|mottaker|modtager|mottagare"
)
_SUBJECT = (
    r"subject|betreff|objet|asunto|assunto|oggetto|onderwerp|ämne|emne|temat|тема|aihe|konu|předmět|"
    r"predmet|tárgy|subiect|risposta|"
    r"subjekti|الموضوع|относно|тақырып|suġġett|subjek|наслов|zadeva|பொருள்|เรื่อง|chủ đề|mövzu|বিষয়|teema|"
    r"naslov|titel|ábhar|موضوع|sujet|paksa|թեմա|gaia|тэма|tema|თემა|θέμα|נושא|विषय|efni|tēma|mada|pwnc|主旨|主题|件名|제목"
)
HEADER_LINE = re.compile(
    rf"^[\s>*_]{{0,12}}(?:(?P<from>{_FROM})|(?P<sent>{_SENT})|(?P<to>{_TO})|"
    rf"(?P<subject>{_SUBJECT}))[\s*_\xa0]{{0,4}}[:：]",
    re.I,
)
HEADER_WORD = re.compile(
    rf"(?<!\S)[*_]?(?:(?P<from>{_FROM})|(?P<sent>{_SENT})|(?P<to>{_TO})|(?P<subject>{_SUBJECT}))[*_]?\s?:(?!//)", re.I
)

SIGNATURE = re.compile(r"^\s{0,3}(?:--|___?_?|-- \*)\s{0,3}$")
RULE = re.compile(r"^\s*(?:[-*#~=_+•·—–]\s?){2,}$|^\s*[ᐧ—–]\s*$")
LONG_RULE = re.compile(r"^\s{0,6}[_=-]{5,}\s*$")
_REST = r"(?:[^:]|:(?=\s?(?:https?:)?//)){0,90}"
TAGLINE = re.compile(
    r"^[\s*_\[(<]{0,5}(?:(?:sent|gesendet|versendet|envoyée?|enviado|verzonden|"
    r"verstuurd|inviato|wysłan[eoy]|skickat|skickades|sendt|"
    r"lähetetty|отправлено|надіслано|odesláno|odoslané|trimis|enviat|küldve|gönderildi|von meinem|von unterwegs)\s"
    r"(?:from|via|using|with|by|on|von|vom|aus|mit|über|depuis|de|du|à partir de|a partir d[eo]|avec|desde|do|pelo|"
    r"da|dal|dall'|vanaf|van|met|z|ze|från|fra|på|с|с помощью|"
    rf"із|iphone|mon|meinem|gesendet)\b{_REST}|lähetetty \S{{1,20}}(?:sta|stä)\b.{{0,30}}|"
    rf"diese (?:nachricht|e-?mail) wurde (?:von|mit|über)\b{_REST}|get outlook for .{{1,60}}|"
    r"(?:outlook|yahoo mail|gmail) (?:for|für|pour|para|per|voor|til|för) (?:ios|android|iphone|mobile).{0,40}|"
    r"(?:download\w?|hol dir|holen sie sich|téléchargez|télécharger|descarga|descargar|obtenga|obtener|obtém|obter|"
    r"ottieni|obtenir|scarica|hent|hämta|hanki|pobierz) outlook .{1,60}|"
    r"von meinem .{1,50} (?:gesendet|versendet).{0,20}|\S{1,20}'?(?:imden|ımdan|umdan|"
    r"daki cihazımdan) gönderildi|sendt fra min .{1,30}|"
    r"從我的 \S{1,20} 傳送|发自我的\s?\S{1,20}|iPhoneから送信|my \S{1,20} (?:device|phone) sent this)[\s*_\])>.]*$",
    re.I,
)
