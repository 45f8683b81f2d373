from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sentiment.training.corpus import CORPUS, read_replies
from sequences.reactions.language import foreign_language
from sequences.reactions.language_words import ENGLISH, FOREIGN, HALF


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Kein Interesse, danke."),
        ("de", "Ja, gerne!"),
        ("de", "Ich bin interessiert, bitte melden Sie sich."),
        ("de", "Nicht interessiert"),
        ("fr", "Je ne suis pas intéressé"),
        ("fr", "Oui, avec plaisir"),
        ("fr", "Non merci"),
        ("fr", "Quel est le salaire ?"),
        ("es", "No me interesa"),
        ("es", "Sí, estoy interesado"),
        ("es", "Gracias, pero no"),
        ("es", "¿Cuánto pagan?"),
        ("nl", "Geen interesse"),
        ("nl", "Ik ben geïnteresseerd"),
        ("nl", "Nee bedankt"),
        ("nl", "Graag meer informatie"),
        ("other", "не интересно"),
        ("other", "不感兴趣"),
    ],
)
def test_one_liners_in_other_languages(language: str, text: str) -> None:
    assert foreign_language(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "👍",
        "no",
        "Merci!",
        "I'm on the van till 3",
        "Die Hard is on",
        "Ja, sounds good, send it",
        "Ms Van den Berg",
    ],
)
def test_english_is_left_alone(text: str) -> None:
    assert foreign_language(text) is None


ONE_LINERS = {
    "de": """
Kein Bedarf | Ja gerne | ja, gern | Nein danke | nein | Passt mir gut | Rufen Sie mich morgen an
bitte um Rückruf | Was zahlt ihr? | Wie hoch ist der Stundenlohn? | Bin schon vergeben | Habe schon was gefunden
Hab leider keine Zeit | Klingt super! | Klingt interessant, schicken Sie mir mehr | Nicht mehr schreiben
Bitte nicht mehr anrufen | Lass mich in Ruhe | Falsche Nummer | Wer sind Sie? | Danke, aber nein
Vielen Dank für Ihre Nachricht | Ich bin im Urlaub | Abmelden | ich suche grad nix | kein interesse
moin, wann gehts los? | Melde mich nächste Woche | Keine Zeit | Gibt es Homeoffice? | bin dabei
Auf keinen Fall | Sehr gerne, wann passt es Ihnen? | Stelle ist besetzt | Wir haben aktuell keinen Bedarf
Kommt für mich nicht in Frage | Wo ist das denn? | Passt leider nicht | Kein Interesse mehr | Hört sich gut an
Können wir telefonieren? | Bitte löschen Sie meine Daten | Ich überlege es mir | Hör auf damit
Schönen Tag noch
""",
    "fr": """
Pas intéressé | pas interesse | Oui, avec plaisir | oui | ça m'intéresse | ca m'interesse
C'est combien de l'heure ? | Quel salaire ? | Non merci, j'ai déjà un emploi | J'ai trouvé un travail
Arrêtez de m'écrire | Ne me contactez plus | Laissez-moi tranquille | Désolé, pas disponible | Je suis en congé
Appelez-moi demain | appelle moi ce soir | Mauvais numéro | Qui êtes-vous ? | c'est qui ? | D'accord
Bonjour, je suis disponible lundi | Très bien | Rappelez plus tard | Pas pour moi | Le poste est pourvu
Combien ça paie ? | Avec plaisir, à quelle heure ? | je cherche plus | Supprimez mes données | Merci beaucoup
Pourquoi pas | bof, c'est trop loin | Je suis partant | ok pour demain | Ça marche | Ce n'est pas pour moi
Vous vous trompez de personne | Où est-ce ? | Je réfléchis | je suis preneur | Nous n'avons pas de poste ouvert
Bonne journée | ca marche
""",
    "es": """
Sí, me interesa | si me interesa | ¿Cuánto pagan? | cuanto pagan | No gracias, ya tengo trabajo
Ya no me escriban | no me interesa | Llámame mañana | llamame manana | Estoy de vacaciones | Quién es?
quien eres | Número equivocado | numero equivocado | Claro que sí | Por supuesto
Muchas gracias por la oportunidad | Dónde queda? | donde es el trabajo | a que hora empiezo
Buenos días, sigo interesado | Borra mis datos | Déjame en paz | dejame en paz | No puedo ahora | Estoy ocupado
Hola, buenas tardes | vale, perfecto | Mándame más información | Ya encontré trabajo | no busco nada
Qué turno es? | Gracias | Cuente conmigo | Ya tengo empleo | Mándeme los detalles | No estoy buscando
Dónde es? | Me apunto | Perfecto, nos vemos el lunes | Dejen de molestarme | no moleste | Cuándo empiezo?
estoy de vacaciones hasta el lunes | Se equivocó de número
""",
    "nl": """
Nee dank je | nee bedankt | Bel me morgen | Ja graag | ja hoor | Geen interesse | Geen behoefte
Wat verdient het? | hoeveel per uur | Ik heb al een baan | heb al werk | Niet meer mailen aub | Stop met mailen
Verkeerd nummer | wie ben jij | Ik ben op vakantie | Klinkt goed | Klinkt leuk, vertel meer | Lijkt me leuk
Stuur maar door | Wanneer kan ik beginnen? | Bel mij vanmiddag maar even | Niet geïnteresseerd
niet geinteresseerd | Helaas, geen tijd | Prima, tot morgen | Waar is het? | De functie is vervuld
Schrijf me uit | uitschrijven graag | misschien later | Niet voor mij | Klinkt als iets voor mij | Zit al goed
Hou op met sms'en | Kunnen we bellen? | Waar ligt het? | Ik denk erover na | Sorry, verkeerde nummer
Haal me van de lijst | Ik hoor het graag | Fijne dag | Vacature is al ingevuld
""",
}
OTHERS = {
    "it": """
Non mi interessa | Sì, mi interessa | si mi interessa | Quanto pagate? | No grazie | Chiamami domani
Ho già un lavoro | Non scrivetemi più | Volentieri | Chi sei? | Numero sbagliato | Sono in ferie
Cancellatemi dalla lista | Mi piacerebbe saperne di più
""",
    "pt": """
Não tenho interesse | Tenho interesse | tenho interesse sim | Quanto paga? | Não obrigado | nao obrigada
Me liga amanhã | Já tenho emprego | Quem é? | Estou de férias | Sim, quero | Não me mandem mais mensagens
Número errado
""",
    "pl": """
Nie jestem zainteresowany | Nie dziękuję | nie dziekuje | Tak, chętnie | Ile płacicie? | Proszę o kontakt
Mam już pracę | Jaka stawka? | Zadzwoń jutro | Jestem na urlopie | Proszę nie pisać | tak, poproszę
""",
    "ro": """
Nu mulțumesc | nu multumesc | Nu sunt interesat | Da, sunt interesat | Cât plătiți? | Sunați-mă mâine
Am deja un loc de muncă | Cine sunteți? | da, vreau | Nu mai trimiteți mesaje | sunt in concediu
""",
}
ENGLISH_REPLIES = """
""Merci! | ciao | Grüße, Tom | muchas gracias, see you Monday | Danke! I'll be there at nine
Adios amigos, not for me | no problem | no thanks | no | si | ok | Ja, sounds good, send it | Ms Van den Berg
Die Hard is on | I'm on the van till 3 | ta | nae bother | aye son, am in | cannae make it the morra
Och aye, gie us a shout | lah can | ok lah can start mon | can or not? | no need lah | wah so far
kindly do the needful | Sir please share JD and CTC | ya interested | haan ji | Jan de Vries will call
Best, María José Núñez | Regards, François Müller | tell Juan el jefe I said hi | I live on Calle de la Paz
café job? | tres bien, sign me up | Bon voyage, I'm off | Por favor, call me | no way José | voetsek
lekker, send it | ja nee, not for me | ag shame no | da job sounds good | dis da number | u wan me call u
me no want | is good | is it? | was good | he is in | Nie? pretty far | Tak the job? aye | per hour?
a la carte chef, yes | Si Wei here | non | en route | sent from Zürich, all good
Rue de la Loi 200, come by at 2 | Le Mans is far | El Paso works | Los Angeles or bust | los | Das Auto? lol
mit freundlichen Grüßen, Hans (yes I'd love it) | c'est la vie, not for me | que sera sera
Hola! yes interested | wat | wat time | dem shifts | den ok | mi casa | nada | later gator | ok ciao bella
auf wiedersehen, pals | prima | super | perfect | tot up the hours | bin it | bin men need staff? | die | am
man | hat | bald | also | gift | Mark will come | hoe far is it | al here | ben here | pa | ma | da | tak | nu
nu phone who dis | nu number sorry | Hi this is Tom's da | me da died | mam already has work | mam said no
sim card changed | Ja man, I go do am | Abeg no call me again | Wetin be the pay | I dey interested | na so
no wahala | dun wan | siao ah | can la | boleh | saya interested | mana office | tq""
Con Murphy here, sure send it | Des will do it | Una says yes | Di is off sick | Sono? scan job?
Mai Nguyen, RN | Chi Chi says hi | Da Silva, yes I'm free | Nur Aisyah here can start | Es salaam
Van der Merwe, available | De Boer speaking | Los Gatos is fine | Las Vegas? no | San Jose ok | IST or GMT?
est time? | MIT grad here | Mit from accounts | AUS only | DE or NE? | SI units | per diem? | Pro rata?
ad hoc fine | vice versa | en suite? | a la carte | El Salvador born, DC based | Dat's grand | dis is nah me
u dey pay? | wer r u | wer is it | wie much | ne one there | wen start | me no wan | Ist shift?
bin there done that | nix that | Tak care | Kto number? | no mas | Ja | Si | Da | Oui chef
Prima donna manager, no thanks | nein mate | mucho interested | que? | adios | Guten tag! Yes interested
amigo send it | Rust dev here | Sei Kim | Marco di Stefano | Numero uno choice! | Bon | tres cool
Nada, still waiting | Pan y Vino restaurant, yes | Interessant!
"""
FOREIGN_IN_THE_CORPUS = {
    "ag nee wat",
    "sí me interesa mucho, I can start lunes",
    "Ya tengo trabajo, gracias",
    "no gracias",
    "paso, muy lejos",
    "ya no me manden mensajes por favor",
    "no mas textos. gracias",
    "no soy Miguel!! ya les dije",
    "Quién eres?",
}


def _replies(table: str) -> list[str]:
    return [reply.strip() for reply in table.replace("\n", " | ").split(" | ") if reply.strip()]


@pytest.mark.parametrize(
    ("language", "text"), [(language, text) for language, table in ONE_LINERS.items() for text in _replies(table)]
)
def test_short_answers_in_the_four_languages(language: Any, text: Any) -> None:
    assert foreign_language(text) == language


@pytest.mark.parametrize("text", [text for table in OTHERS.values() for text in _replies(table)])
def test_short_answers_in_further_languages_are_not_english(text: Any) -> None:
    assert foreign_language(text) is not None


@pytest.mark.parametrize("text", _replies(ENGLISH_REPLIES))
def test_names_dialects_and_borrowed_words_are_english(text: Any) -> None:
    assert foreign_language(text) is None


def test_no_english_reply_of_the_corpus_is_taken_for_another_language() -> None:
    found = {reply.text for reply in read_replies(CORPUS) if foreign_language(reply.text)}
    assert found <= FOREIGN_IN_THE_CORPUS


def test_words_of_other_languages_that_are_also_english_tell_half() -> None:
    assert frozenset().union(*FOREIGN.values()) & ENGLISH <= HALF


@given(st.text(max_size=200))
def test_any_text_has_a_known_answer(text: str) -> None:
    assert foreign_language(text) in {None, "other", *FOREIGN}
