"""The words in which phones write a tap on a message, by language.

A phone that cannot send a reaction sends a sentence in its own language around a quote of the message: ``Liked "..."``,
``Reacted 👍 to "..."``, ``A réagi avec 👍 à « ... »``, ``„...“ ein Herz hinzugefügt``. Apple writes verbs and names of
its six tapbacks, and a sentence with the emoji for any other; Google Messages writes the emoji alone. Wordings differ
between versions and regions of one language, so words are listed, no sentences: a frame is made of these and no others.
Sources: what iPhones and Google Messages were seen to send in English, Spanish, French, German, Italian, Norwegian,
Bulgarian, Russian, Japanese and Korean (public bug reports and tests of text apps); the others are translations.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class FrameWords:
    """The words of one language, folded.

    Attributes:
        around: that say nothing by themselves: to, with, a, has, the reaction, the name of what was tapped.
        like: likes it, loves it, laughs, underlines it.
        dislike: does not like it.
        ask: puts a question mark to it.
        back: takes a reaction back.
        negation: makes a like a dislike.
    """

    around: frozenset[str]
    like: frozenset[str]
    dislike: frozenset[str]
    ask: frozenset[str]
    back: frozenset[str]
    negation: frozenset[str]

    @property
    def telling(self) -> frozenset[str]:
        """One of these, or an emoji, makes a frame."""
        return self.like | self.dislike | self.ask | self.back


# Of each language: words around, of liking, of disliking, of asking, of taking back, and negations; - is none.
_WRITTEN: Final = """
en: to a an the at from with has have reacted reaction react added mark point card | like liked loved love heart
    sticker laughed laugh haha emphasized emphasised emphasis exclamation exclaimed | disliked dislike | questioned
    question | removed removes | -
es: le me se a al de con por en un una su ha la el sobre reaccion reacciono reaccionado reacciona anadio anadido
    signo mensaje puso dio sticker marco como mi yo hace parecio | gusta gusto encanta encanto encantado corazon
    risa rio gracia gracioso enfatizo enfatizado destaco destacado exclamo exclama exclamacion encantan gustan |
    disgusta disgusto | pregunto dudo duda pregunta interrogacion cuestiono | elimino quito eliminado quitado ya
    retiro | no
fr: à un une de le la les l d du sur avec au point mention reaction attribue reagi ajoute mis en pose pour je j ai
    me met | aime adore coeur ri rit rire rires haha souligne accentue insiste exclamation aimee plait plu evidence
    | deteste | questionne question interroge interrogation | retire supprime enleve plus annule | n ne pas
de: hat auf mit zu zur ein eine einen das die den der bei von fur als uber im an markiert reagiert reagierte
    reaktion hinzugefugt mir sticker zeichen versehen ist ich es | gefallt gefiel gefallen mag mochte liebt liebte
    geliebt herz lacht lachte gelacht lachen haha hervorgehoben betont betonte ausrufezeichen unterstrichen liebe
    geliked gelikt | missfallt | fragt fragte hinterfragt hinterfragte fragezeichen frage | entfernt entfernte
    zuruckgenommen mehr | nicht
it: a al alla allo di da con su un una il la ha è messo aggiunto reagito reazione punto fatto riso per ho io mi |
    piace piaciuto apprezzato adorato amato cuore cuoricino riso risata ridere enfatizzato evidenziato sottolineato
    esclamativo esclamazione haha adoro adora amo ama piacciono | - | domanda domandato interrogativo chiesto |
    rimosso tolto eliminato piu | non
pt: à ao o os de da do com em um uma sobre para reagiu reação adicionou marcou ponto colocou como fez eu | curtiu
    gostou gosto adorou amou coracao riu risada rindo achou graca enfatizou destacou exclamou exclamacao haha gostei
    curti amei adorei curtir amo adoro gosta ri | descurtiu | questionou perguntou pergunta interrogacao | removeu
    retirou apagou | nao
ca: a al m de amb un una ha li el la va reaccionat reaccio afegit | agrada agradat encanta encantat cor riure
    destacat emfatitzat exclamacio | - | preguntat interrogant | eliminat tret suprimit | no
nl: op aan bij met een het de van om als heeft had reageerde gereageerd reactie toegevoegd gemarkeerd vond vindt
    vind gegeven ik vinden gevonden | leuk geweldig hartje hart lachte lacht gelachen benadrukte benadrukt
    uitroepteken haha duim geliket geliked | - | vraagteken vroeg bevraagd | verwijderde verwijderd verwijdert
    ingetrokken | niet
sv: till på med en ett av om vid har reagerade reaktion lade satte åt for jag | gillade gillar älskade alskar hjarta
    skrattade skratt betonade framhavde utropstecken haha | ogillade ogillar | ifragasatte fragetecken undrade | tog
    bort tagit langre | inte
no: til på med et en av om ved har reagerte reagert reaksjon satte la for jeg fra | likte liker elsket elsker hjerte
    lo ler latter fremhevet fremhevde understreket utropstegn haha | mislikte misliker | spurte spørsmålstegn |
    fjernet fjerner lenger lengre | ikke
da: til på med et en af om ved har reagerede reageret reaktion satte tilføjede for jeg fra kan ad syntes synes kunne
    | godt likede elskede elsker hjerte grinede lo grin fremhævede understregede udrabstegn haha lide elsket | - |
    spørgsmålstegn spurgte | fjernede fjernet længere | ikke
fi: reagoi reaktio reaktiolla viestiin kohteeseen lisäsi kohteesta on | tykkäsi tykkaa rakasti rakastaa sydamen
    sydän nauroi naurun korosti huutomerkin pidan pitaa tykkaan | - | kysyi kyseenalaisti kysymysmerkin | poisti |
    ei
pl: na do z w za o a przy od ze jako dodano dodal dodala reakcja reakcje zareagowano zareagowal zareagowala oznaczono
    wiadomosc ten mi mnie to sie znak | lubi polubil polubila polubiono spodobalo podoba uwielbia pokochal pokochala
    serce rozbawilo zasmial zasmiala smieje rozesmial podkreslil podkreslila podkreslono wyroznil wykrzyknik lubie
    kocham | - | zapytal zapytala pytajnik zapytania zakwestionowal | usunieto usunal usunela cofnieto | nie
cs: na k ke s se u v od za to pridal pridala pridano reakce reagoval reagovala reaguje mi | libi libilo miluje srdce
    smal smala zasmal zasmala smich zduraznil zduraznila vykricnik | - | otaznik zpochybnil zeptal | odebral
    odebrala odstranil odstranila odebrano | nelibi nelibilo ne
sk: na k ku s so sa u v od za to pridal pridala pridane reakcia reagoval reagovala reaguje mi | paci pacilo miluje
    srdce smial smiala zasmial zasmiala smiech zdoraznil zdoraznila vykricnik | - | otaznik spochybnil opytal |
    odstranil odstranila odobral | nepaci nepacilo nie
hu: erre a az egy reagalt reakcio ra adott hozzaadott uzenetre nekem neki | tetszik tetszett kedveli kedvelte szereti
    imadta imadja sziv szivet nevetett kiemelte hangsulyozta felkialtojel | - | kerdojel kerdezte megkerdojelezte |
    eltavolitott eltavolitotta torolte visszavonta | nem
ro: la cu de din pe un o a i au adaugat reactie reactionat mesajul imi mi semnul | placut place apreciat iubit
    adorat inima ras evidentiat subliniat exclamare | displacut | intrebat intrebare | eliminat retras sters | nu
hr: na s sa u je se od za dodao dodala reakcija reagirao reagirala mi ovo | svidja svida svidjelo voli srce nasmijao
    nasmijala istaknuo naglasio usklicnik | - | upitnik upitao | uklonio uklonila | ne
bg: към на с от за в реакция реагира добави ми | харесано харесва хареса обича сърце засмя подчерта подчертано
    удивителен | нехаресано | въпрос въпросителен | премахнато премахна | не
ru: на с к от у в над за для а реакция реакцию реагирует отреагировал отреагировала ответ поставлена поставлен поставил
    поставила добавлена добавлено знак очень мне это | понравилось нравится полюбилось люблю обожаю сердце сердечко
    посмеялись посмеялся посмеялась рассмешило отмечено подчеркнуто выделено восклицательный | - | вопрос
    вопросительный спросил | удалено удалена удалил удалила убрано снято больше | не
uk: на з до від у в над за для ла реакція реакцію реагує відреагував відреагувала поставлено додано знак дуже мені це |
    сподобалося подобається серце сердечко розсмішило посміявся посміялася виділено підкреслено | - | питання
    запитання | видалено вилучено прибрано | не
el: σε στο στη στην με ενα μια το αντιδραση αντεδρασε προσθεσε απο του μου σας | αρεσει αρεσε λατρεψε αγαπησε καρδια
    γελασε εμφαση τονισε θαυμαστικο | - | ερωτηματικο αμφισβητησε | αφαιρεσε καταργησε | δεν
tr: ifadesine icin bir ile tepki verdi iletisine mesajina birakti ekledi ogesine su iletisini mesajini iletiyi
    mesaji bu isareti | begendi begenildi sevdi bayildi kalp guldu kahkaha vurguladi unlem begendim sevdim |
    begenmedi begenilmedi | sorguladi soru | kaldirdi kaldirildi | -
he: על את ל ה הגיב הגיבה תגובה הוסיף הוסיפה עם ב סימן | אהב אהבה אהבתי לב צחק צחקה הדגיש הדגישה | - | שאלה | הסיר
    הסירה הוסר | לא
ar: على إلى ب مع من تفاعل رد فعل أضاف علامة | أعجبه أعجبني اعجاب أحب أحببت قلب ضحك أكد شدد | - | استفسر استفهام |
    أزال إزالة | لم لا
ja: に を が の と で へ から に対して リアクション しました ました 付け つけ 追加 評価 示し 持ち さん | いいね
    好き 大好き ハート 笑い 笑 爆笑 強調 高く | 低く よくない | 疑問 はてな 質問 | 取り消し 削除 | -
ko: 에 에게 에서 을 를 이 가 로 으로 표시 표시함 반응 반응함 공감 추가함 보냄 에대해 대해 | 좋아요 좋아함 사랑
    하트 웃음 웃긴 강조 강조함 을강조함 에좋아요 | 싫어요 싫어함 | 물음표 질문 질문함 | 제거함 삭제함 취소함 | -
zh: 对 對 给 給 了 的 表示 添加 添加了 回应 回應 作出 做出 反应 反應 用 以 加上 点了 | 赞 讚 赞了 喜欢 喜歡
    喜欢了 喜歡了 点赞 點讚 爱心 愛心 大笑 笑了 强调 強調 强调了 強調了 觉得很好笑 | 不喜欢 不喜歡 踩 不喜欢了 |
    疑问 疑問 质疑 質疑 质疑了 | 移除 移除了 取消 取消了 删除 刪除 | -
vi: đã với một tin nhắn bay tỏ cam xuc cho đối về từ dấu | thích yêu tim cười nhấn mạnh | - | hỏi | xóa gỡ | không
id: dengan untuk pada ke dari sebuah di bereaksi reaksi memberi menambahkan menanggapi tanda | menyukai suka
    mencintai hati menertawakan tertawa menekankan | - | mempertanyakan tanya bertanya | menghapus dihapus | tidak
th: กับ ต่อ ให้ ด้วย ข้อความ แสดง ความรู้สึก ใน ถึง | ถูกใจ ชอบ รัก หัวใจ หัวเราะ เน้น | ไม่ชอบ ไม่ถูกใจ | สงสัย ถาม
    คำถาม | ลบ นำออก เอาออก | ไม่
lt: i su ant reagavo reakcija pridejo | patinka patiko megsta mylejo sirdis juokesi pabreze | nepatinka nepatiko |
    klausimas suabejojo | pasalino | -
et: reageeris lisas sonumile le | meeldis meeldib armastas suda naeris rohutas | - | kusis kusimark | eemaldas | ei
lv: uz ar reageja pievienoja reakciju | patik patika milestiba sirds smejas uzsvera | nepatik nepatika | jautajums
    apsaubija | nonema | -
sl: na z s se je od za dodal dodala reagiral reagirala reakcija | vsec ljubi srce smejal smejala poudaril | - |
    vprasaj vprasal | odstranil odstranila | ni ne
sr: на са од у се је реаговао реаговала | свиђа срце воли насмејао истакао | - | упитник | уклонио уклонила | не
"""
# Letters that are not an accent upon another one.
_LETTERS: Final = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"})
_WORD: Final = re.compile(r"\w+")


def words_of(text: str) -> list[str]:
    """The words of a text as they are compared: lower case, without accents, apostrophes and marks."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return _WORD.findall("".join(char for char in plain if not unicodedata.category(char).startswith("M")))


def _read(written: str) -> Mapping[str, FrameWords]:
    languages: dict[str, str] = {}
    for line in written.strip().splitlines():
        name, colon, rest = line.partition(": ")
        if colon and not line.startswith(" "):
            languages[name] = rest
        else:
            languages[next(reversed(languages))] += f" {line}"
    found = {}
    for name, text in languages.items():
        columns = [frozenset(words_of(column)) for column in text.split("|")]
        found[name] = FrameWords(*columns)
    return MappingProxyType(found)


FRAMES: Final = _read(_WRITTEN)
UNSPACED: Final = frozenset({"ja", "ko", "zh", "th"})
"""Languages that write words together: a run of them is split into the longest that are known."""

DISLIKES: Final = frozenset("👎💔😠😡🤬😤🖕😞😒🙄😣🤮🤢💩❌🚫🛑⛔😢☹🙁😟😔😭😕😩😫🥱✖")
"""Emoji that show no pleasure."""
ASKS: Final = frozenset("❓❔⁉🤔")
"""Emoji that ask; Google Messages shows Apple's question mark as the last one."""

THINGS: Final = frozenset(
    words_of(
        """
        image photo picture video movie attachment card message link location contact file document sticker gif voice
        audio imagen foto video mensaje archivo adjunto enlace photo piece jointe vocal bild anhang nachricht datei
        sprachnachricht immagine allegato messaggio imagem anexo mensagem arquivo afbeelding bijlage bericht bild bilaga
        """
    )
)
"""What a phone names instead of quoting it: "Liked an image"."""
